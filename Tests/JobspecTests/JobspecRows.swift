/// The table: rows of the catalogue of hostile inputs that these rooms answer, by its row names.
enum JobspecRows {
  static let all: [JobspecRow] = structure + counts + shapes + commands + environments + texts + durations

  private static let structure: [JobspecRow] =
    [
      .submission("J03", "{}", .faults(["/command"])),
      .jobspec("J03", "{}", .faults(["/version", "/resources", "/tasks", "/attributes"])),
      .submission("J11", submission(#""nodes":1"#), .faults(["/nodes"])),
      .jobspec("J11", document(extra: #","extra":1"#), .faults(["/extra"])),
      .jobspec(
        "J11",
        document(
          resources: #"[{"type":"slot","count":1,"label":"s","size":1,"with":[{"type":"core","count":1}]}]"#),
        .faults(["/resources/0/size"])),
      .jobspec(
        "J11", document(tasks: #"[{"command":["a"],"slot":"s","count":{"per_slot":1},"attributes":{}}]"#),
        .faults(["/tasks/0/attributes"])),
      .submission(
        "J11", #"{"jobspec":\#(document(extra: #","extra":1"#))}"#, .faults(["/jobspec/extra"])),
    ]
    + ["state", "uid", "userid", "tenant", "owner", "attempt", "R", "t_submit", "priority"].map {
      .submission("J12", submission("\"\($0)\":1"), .faults(["/\($0)"]))
    }
    + [nil, "0", "999", "\"1\"", "1.0", "true"].map {
      .jobspec("J13", document(version: $0), .faults(["/version"]))
    }
    + [.submission("J13", submission(#""name":"no version here""#), .accepted)]

  private static let counts: [JobspecRow] =
    ["0", "-1", "1.5", "1.0", "1e3", "\"4\"", "null", "[1]"].map {
      .jobspec("J14", document(slotCount: $0), .faults(["/resources/0/count"]))
    }
    + ["0", "-1", "1.5", "1.0", "1e3", "\"4\"", "[1]"].map {
      .submission("J14", submission("\"nnodes\":\($0)"), .faults(["/nnodes"]))
    }
    + [
      .jobspec("J15", document(slotCount: "9223372036854775808"), .malformed),
      .jobspec("J15", document(slotCount: "1e400"), .malformed),
      .jobspec(
        "J16",
        document(
          resources: #"""
            [{"type":"node","count":2147483647,"with":[{"type":"slot","count":2147483647,"label":"s","with":[
            {"type":"core","count":2147483647},{"type":"gpu","count":2147483647}]}]}]
            """#),
        .faults([
          "/resources/0/with/0/count", "/resources/0/with/0/with/0/count", "/resources/0/with/0/with/1/count",
        ])),
      .jobspec(
        "J16",
        document(
          resources:
            #"[{"type":"slot","count":1024,"label":"s","with":[{"type":"core","count":2147483647}]}]"#),
        .faults(["/resources/0/with/0/count"])),
      .submission(
        "J16", submission(#""ntasks":1000000,"cores_per_task":2147483647"#), .faults(["/cores_per_task"])),
      .jobspec("J17", document(slotCount: #"{"min":4,"max":2}"#), .faults(["/resources/0/count/max"])),
      .jobspec(
        "J17", document(slotCount: #"{"min":1,"max":8,"operator":"^^","operand":2}"#),
        .faults(["/resources/0/count/operator"])),
      .jobspec(
        "J17", document(slotCount: #"{"min":1,"max":8,"operator":"*","operand":0}"#),
        .faults(["/resources/0/count/operand"])),
      .jobspec(
        "J17", document(slotCount: #"{"min":1,"max":8,"operator":"*","operand":1}"#),
        .faults(["/resources/0/count/operand"])),
      .jobspec("J17", document(slotCount: #"{"min":1,"max":8}"#), .faults(["/resources/0/count"])),
    ]
    + ["1000000000", "0", "1000001"].map {
      .submission("J36", submission("\"ntasks\":\($0)"), .faults(["/ntasks"]))
    }
    + [
      .jobspec(
        "J36", document(tasks: #"[{"command":["a"],"slot":"s","count":{"total":1000000000}}]"#),
        .faults(["/tasks/0/count/total"])),
      .jobspec("J36", document(slotCount: "1000000000"), .faults(["/tasks/0/count"])),
      .submission("J36", submission(#""ntasks":1000000"#), .accepted),
    ]

  private static func top(_ resource: String) -> String { document(resources: "[\(resource)]") }

  private static let shapes: [JobspecRow] =
    [
      .jobspec("J18", document(resources: "[]"), .faults(["/resources"])),
      .jobspec(
        "J18", top(#"{"type":"node","count":1,"with":[{"type":"core","count":1}]}"#),
        .faults(["/resources/0/with/0/type"])),
      .jobspec(
        "J18",
        document(
          resources: #"""
            [{"type":"slot","count":1,"label":"s","with":[{"type":"core","count":1}]},
             {"type":"slot","count":1,"label":"t","with":[{"type":"core","count":1}]}]
            """#),
        .faults(["/resources"])),
      .jobspec(
        "J18", document(tasks: #"[{"command":["a"],"slot":"other","count":{"per_slot":1}}]"#),
        .faults(["/tasks/0/slot"])),
      .jobspec(
        "J18",
        top(
          #"{"type":"slot","count":1,"label":"s","with":[{"type":"slot","count":1,"label":"t","#
            + #""with":[{"type":"core","count":1}]}]}"#
        ),
        .faults(["/resources/0/with/0/with", "/resources/0/with/0/type", "/resources/0/with"])),
      .jobspec(
        "J18", top(#"{"type":"slot","count":1,"with":[{"type":"core","count":1}]}"#),
        .faults(["/resources/0/label"])),
      .jobspec(
        "J20", top(#"{"type":"core","count":1,"with":[{"type":"node","count":1}]}"#),
        .faults(["/resources/0/type"])),
      .jobspec(
        "J20",
        top(
          #"{"type":"slot","count":1,"label":"s","with":[{"type":"core","count":1,"#
            + #""with":[{"type":"node","count":1}]}]}"#
        ),
        .faults(["/resources/0/with/0/with"])),
    ]
    + ["", String(repeating: "n", count: 256), "node\\n", "../node", "rack"].map {
      .jobspec(
        "J19",
        top(
          #"{"type":"\#($0)","count":1,"with":[{"type":"slot","count":1,"label":"s","#
            + #""with":[{"type":"core","count":1}]}]}"#
        ),
        .faults(["/resources/0/type"]))
    }

  private static let commands: [JobspecRow] =
    ["[]", #""ls""#].map { .jobspec("J23", document(command: $0), .faults(["/tasks/0/command"])) }
    + [#"[""]"#, "[1]"].map { .jobspec("J23", document(command: $0), .faults(["/tasks/0/command/0"])) }
    + [
      .jobspec(
        "J23", document(tasks: #"[{"slot":"s","count":{"per_slot":1}}]"#), .faults(["/tasks/0/command"])),
      .submission("J23", #"{"command":[]}"#, .faults(["/command"])),
      .submission("J23", #"{"command":[""]}"#, .faults(["/command/0"])),
      .submission("J23", #"{"command":"ls"}"#, .faults(["/command"])),
      .submission("J23", #"{"command":["a",1,"b",null]}"#, .faults(["/command/1", "/command/3"])),
      .submission("J23", #"{"command":null}"#, .faults(["/command"])),
      .submission("J23", #"{"command":["a",""]}"#, .accepted),
      .submission("J24", arguments(1, bytes: 128 * 1024), .faults(["/command/1"])),
      .submission("J24", arguments(1, bytes: 128 * 1024 - 1), .accepted),
      .submission("J24", arguments(4_096, bytes: 1), .faults(["/command"])),
      .submission("J24", arguments(4_095, bytes: 1), .accepted),
      .submission("J24", arguments(10, bytes: 104_857), .faults([""])),
      .submission("J24", arguments(10, bytes: 104_855), .accepted),
      .submission("J25", ##"{"command":["; rm -rf /","$(id)","`id`","-o","--"]}"##, .accepted),
    ]

  private static func arguments(_ count: Int, bytes: Int) -> String {
    let argument = "\"" + String(repeating: "x", count: bytes) + "\""
    return #"{"command":["a",\#(Array(repeating: argument, count: count).joined(separator: ","))]}"#
  }

  private static let environments: [JobspecRow] = [
    .submission("J26", submission(#""env":{"":"1"}"#), .faults(["/env/"])),
    .submission("J26", submission(#""env":{"A=B":"1"}"#), .faults(["/env/A=B"])),
    .submission("J26", submission(#""env":{"A\nB":"1"}"#), .faults(["/env/A\nB"])),
    .submission("J26", submission(#""env":{"A/B~":1}"#), .faults(["/env/A~1B~0"])),
    .submission(
      "J26", submission(#""env":{"A":1,"B":true,"C":{}}"#), .faults(["/env/A", "/env/B", "/env/C"])),
    .submission("J26", submission(#""env":{"A":null}"#), .accepted),
    .submission("J26", submission(#""env":[]"#), .faults(["/env"])),
    .submission("J26", submission(variables(5_000)), .faults(["/env"])),
    .submission("J26", submission(variables(4_096)), .accepted),
    .jobspec(
      "J26", document(system: #""environment":{"":"1"}"#), .faults(["/attributes/system/environment/"])),
    .submission(
      "J27",
      submission(#""env":{"LD_PRELOAD":"x.so","LD_LIBRARY_PATH":"/x","BASH_ENV":"x","IFS":"x","PATH":""}"#),
      .accepted),
    .submission("J28", submission(#""env":{"SLUICE_JOB_ID":"f1"}"#), .faults(["/env/SLUICE_JOB_ID"])),
    .jobspec(
      "J28", document(system: #""environment":{"SLUICE_":null}"#),
      .faults(["/attributes/system/environment/SLUICE_"])),
    .submission("J28", submission(#""env":{"SLUICES":"open","sluice_x":"1"}"#), .accepted),
  ]

  private static func variables(_ count: Int) -> String {
    #""env":{"# + (0..<count).map { "\"V\($0)\":\"\"" }.joined(separator: ",") + "}"
  }

  private static let texts: [JobspecRow] = [
    .submission("J29", submission(#""cwd":"tmp""#), .faults(["/cwd"])),
    .submission("J29", submission(#""cwd":"""#), .faults(["/cwd"])),
    .submission("J29", submission(#""cwd":"/a\u0000b""#), .malformed),
    .submission("J29", submission("\"cwd\":\"/\(String(repeating: "d", count: 4_096))\""), .faults(["/cwd"])),
    .submission("J29", submission("\"cwd\":\"/\(String(repeating: "d", count: 4_095))\""), .accepted),
    .jobspec("J29", document(system: #""cwd":"tmp""#), .faults(["/attributes/system/cwd"])),
    .submission("J32", submission(#""stdout":"{{id}}/../../x""#), .faults(["/stdout"])),
    .submission("J32", submission(#""stderr":"{{nope}}""#), .faults(["/stderr"])),
    .submission("J32", submission(#""stdout":"%s%n""#), .faults(["/stdout"])),
    .submission(
      "J32", submission("\"stdout\":\"\(String(repeating: "{{id}}", count: 1_707))\""), .faults(["/stdout"])),
    .submission("J32", submission(#""stdout":"{{id""#), .faults(["/stdout"])),
    .submission("J32", submission(#""stdout":"out/{{id}}-{{name}}.{txt}","stderr":"/tmp/e""#), .accepted),
    .submission(
      "J38", submission("\"name\":\"\(String(repeating: "n", count: 900_000))\""), .faults(["/name"])),
    .submission("J38", submission(#""name":"\u001b[2J""#), .faults(["/name"])),
    .submission("J38", submission(#""name":"a\nb""#), .faults(["/name"])),
    .submission("J38", submission(#""name":"\u009b""#), .faults(["/name"])),
    .submission("J38", submission(#""name":"a\u0000b""#), .malformed),
    .jobspec("J38", document(system: #""job":{"name":"a\nb"}"#), .faults(["/attributes/system/job/name"])),
    .submission("J39", submission(#""name":"\u202egnp""#), .accepted),
    .submission("J39", submission("\"name\":\"🌊\""), .accepted),
    .submission("J39", submission("\"name\":\"a\(String(repeating: "\u{301}", count: 120))\""), .accepted),
    .submission("J40", submission(#""queue":"""#), .faults(["/queue"])),
  ]

  private static let durations: [JobspecRow] =
    ["-1", "1e18", #""1h""#, "null"].map {
      .jobspec(
        "J33", document(attributes: #"{"system":{"duration":\#($0)}}"#),
        .faults(["/attributes/system/duration"]))
    }
    + [
      // Too small to be represented: as zero it would mean "unlimited".
      .jobspec("J33", document(attributes: #"{"system":{"duration":1e-400}}"#), .malformed),
      .jobspec("J33", document(attributes: #"{"system":{}}"#), .faults(["/attributes/system/duration"])),
      .jobspec("J33", document(attributes: "{}"), .faults(["/attributes/system/duration"])),
      .jobspec("J33", document(attributes: #"{"system":{"duration":0.0}}"#), .accepted),
      .submission("J33", submission(#""time_limit":-1"#), .faults(["/time_limit"])),
      .submission("J33", submission(#""time_limit":1e18"#), .faults(["/time_limit"])),
      .submission("J33", submission(#""time_limit":"soon""#), .faults(["/time_limit"])),
      .submission("J33", submission(#""time_limit":90"#), .accepted),
    ]
}

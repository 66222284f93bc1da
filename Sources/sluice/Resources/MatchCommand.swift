import APIClient
import ArgumentParser
import Vocabulary

struct MatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match", abstract: "Ask which resources a request would get, or take them apart from any job.",
    discussion: """
      Without options nothing is taken. --allocate holds what was found until 'sluice match --release=ID', or for \
      --duration; it is for the instance's owner, and for programs that bring their own work. With --or-reserve, what \
      is not free now is kept for the first time at which it will be.

      EXAMPLES
        sluice match -N2 -c4
        sluice match --satisfiable --shape 'node=4/gpu=2'
        sluice match --allocate --duration=1h -N1
        sluice match --allocate --or-reserve --duration=1h -N64
        sluice match --list
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Hold what is found.")
  var allocate = false

  @Flag(help: "With --allocate: reserve what is not free now.")
  var orReserve = false

  @Flag(help: "Ask whether it could ever be met, whatever is held now.")
  var satisfiable = false

  @Flag(help: "List what is held apart from jobs.")
  var list = false

  @Option(help: ArgumentHelp("Release what is held under this id.", valueName: "id"))
  var release: String?

  @Option(help: ArgumentHelp("How long to hold it, such as 30m.", valueName: "time"))
  var duration: String?

  @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
  var note: String?

  @OptionGroup(title: "What is asked for") var resources: ResourceOptions

  @Flag(help: "Print the answer as JSON.")
  var json = false

  func validate() throws {
    let modes = [allocate, satisfiable, list, release != nil].filter { $0 }
    if modes.count > 1 {
      throw ValidationError("--allocate, --satisfiable, --list and --release exclude each other.")
    }
    if !allocate, orReserve { throw ValidationError("--or-reserve goes with --allocate.") }
    if !allocate, duration != nil || note != nil {
      throw ValidationError("--duration and --note go with --allocate.")
    }
  }

  func run() throws {
    let client = try connection.client()
    if let release { return try client.releaseAllocation(release) }
    if list { return show(try client.allocations()) }
    let answer = try client.match(request())
    if json { Console.json(answer) } else { show(answer) }
    if answer["matched"]?.bool == false || answer["satisfiable"]?.bool == false { throw ExitCode.failure }
  }

  private func request() throws -> JSONObject {
    let holding = orReserve ? "allocate_orelse_reserve" : "allocate"
    let operation = allocate ? holding : satisfiable ? "satisfiability" : "without_allocating"
    var body: JSONObject = ["operation": .string(operation)]
    for (name, text) in [("duration", duration), ("note", note)] {
      if let text { body[name] = .string(text) }
    }
    try resources.put(into: &body)
    return body
  }

  private func show(_ answer: JSONValue) {
    if let id = answer["id"]?.string {
      let isReserved = answer["state"]?.string == "reserved"
      Console.line("allocation \(id)" + (isReserved ? ", reserved from \(moment(answer["start"]))" : ""))
    }
    if let satisfiable = answer["satisfiable"]?.bool {
      Console.line(satisfiable ? "satisfiable" : "not satisfiable: \(answer["reason"]?.string ?? "")")
    }
    if answer["matched"]?.bool == false { Console.line("not free now") }
    guard let execution = answer["R"]?["execution"] else { return }
    let names = execution["nodelist"]?.array?.compactMap(\.string).joined(separator: ",") ?? ""
    let parts = (execution["R_lite"]?.array ?? []).map { entry in
      let children = (entry["children"]?.object?.members ?? []).map { "\($0.name)[\($0.value.string ?? "")]" }
      return "rank \(entry["rank"]?.string ?? "?") \(children.joined(separator: " "))"
    }
    Console.lines(["\(names): " + parts.joined(separator: "; ")])
  }

  private func moment(_ value: JSONValue?) -> String { value?.string.map { String($0.prefix(19)) } ?? "-" }

  private func show(_ allocations: [JSONValue]) {
    if json { return Console.json(.object(["allocations": .array(allocations)])) }
    var table = Table([
      .init("ID", .right), .init("USER"), .init("STATE"), .init("FROM"), .init("UNTIL"),
      .init("NODELIST", maximumWidth: 60),
      .init("NOTE", maximumWidth: 80),
    ])
    for held in allocations {
      let names = held["R"]?["execution"]?["nodelist"]?.array?.compactMap(\.string).joined(separator: ",")
      table.append([
        .init(JobTable.text(held["id"])), .init(JobTable.text(held["user"])), .init(JobTable.text(held["state"])),
        .init(moment(held["start"])), .init(moment(held["expiration"])), .init(names ?? ""),
        .init(held["note"]?.string ?? ""),
      ])
    }
    Console.lines(table.lines(for: .output))
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct WhatIfCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whatif", abstract: "Ask when a job would start, also with other resources than there are.",
    discussion: """
      Nothing is changed: the queues' own policies are played on a copy in virtual time. Running jobs end at their \
      time limits, those without one after --assume.

      EXAMPLES
        sluice whatif -N4 -t 2h
        sluice whatif --add 'node=8/core=16' -N8 -t 1h --copies=20
        sluice whatif --drain node[0-3]
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Had these been added beneath the root; may be given often.", valueName: "recipe"))
  var add: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Had this vertex been removed when its jobs had left; may be given often.", valueName: "path"))
  var remove: [String] = []

  @Option(help: ArgumentHelp("Were these nodes drained.", valueName: "nodes"))
  var drain: String?

  @OptionGroup(title: "What is asked for") var resources: ResourceOptions

  @Option(
    name: [.customShort("t", allowingJoined: true), .long],
    help: ArgumentHelp("How long the job would run.", valueName: "time"))
  var timeLimit: String?

  @Option(
    name: [.customShort("q", allowingJoined: true), .long], help: ArgumentHelp("In this queue.", valueName: "name"))
  var queue: String?

  @Option(help: ArgumentHelp("So many of the job.", valueName: "count"))
  var copies = 1

  @Option(help: ArgumentHelp("How long jobs without a time limit run.", valueName: "time"))
  var assume: String?

  @Flag(help: "Print the answer as JSON.")
  var json = false

  func validate() throws {
    if !(1...1_000).contains(copies) { throw ValidationError("--copies is 1 to 1000.") }
  }

  func run() throws {
    let client = try connection.client()
    let answer = try client.whatIf(try request(client))
    if json { return Console.json(answer) }
    let now = answer["now"]?.string.flatMap { Timestamp(rfc3339: $0) }
    for (index, job) in (answer["jobs"]?.array ?? []).enumerated() {
      Console.line("job \(index + 1): \(Self.course(job, now))")
    }
    for job in answer["waiting"]?.array ?? [] {
      Console.line("\(Terminal.output.jobID(job["id"]?.string ?? "?")): \(Self.course(job, now))")
    }
    let shares = (answer["utilisation"]?.object?.members ?? []).map { member in
      "\(member.name) \(JobTable.fixed((member.value.number ?? 0) * 100, 1)) %"
    }
    Console.note(
      "All is over after \(JobTable.duration(answer["makespan"]?.number ?? 0)); in use meanwhile: "
        + (shares.isEmpty ? "nothing" : shares.joined(separator: ", ")) + ".")
    if let cut = answer["cut"]?.string { Console.note("The answer was cut short: too many \(cut).") }
  }

  private static func course(_ job: JSONValue, _ now: Timestamp?) -> String {
    guard let start = job["start"]?.string.flatMap({ Timestamp(rfc3339: $0) }), let now else {
      return "does not start" + (job["reason"]?.string.map { ": \($0)" } ?? "")
    }
    let wait = max(0, start.since(now).seconds)
    return (wait == 0 ? "starts at once" : "starts in \(JobTable.duration(wait))")
      + " on ranks \(JobTable.text(job["ranks"]))"
  }

  private func request(_ client: BrokerClient) throws -> JSONObject {
    let root = try client.graphRootPath()
    var mutations: [JSONValue] = add.map { recipe in
      .object(["op": .string("add"), "parent": .string(root), "recipe": .string(recipe)])
    }
    mutations += remove.map { path in
      .object(["op": .string("remove"), "path": .string(path), "mode": .string("drain")])
    }
    if let drain { mutations += try NodeTargets(drain, client).mutations("drain") }
    var job: JSONObject = [:]
    try resources.put(into: &job)
    if let timeLimit { job["time_limit"] = .string(SubmissionOptions.withUnit(timeLimit)) }
    if let queue { job["queue"] = .string(queue) }
    var body: JSONObject = ["jobs": .array(Array(repeating: .object(job), count: copies))]
    if !mutations.isEmpty { body["mutations"] = .array(mutations) }
    if let assume { body["assumed_duration"] = .string(assume) }
    return body
  }
}

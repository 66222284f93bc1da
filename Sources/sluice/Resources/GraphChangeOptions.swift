import APIClient
import ArgumentParser
import Vocabulary

/// What the commands that change the graph have in common.
struct GraphChangeOptions: ParsableArguments {
  @Flag(help: "Only check whether it could be done.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Only if the graph is still at this version, as 'resource info' shows it.", valueName: "version"))
  var ifVersion: UInt64?

  @Flag(help: "Print what came of it as JSON.")
  var json = false

  /// Sends the mutations as one, and tells what came of it.
  func change(_ client: BrokerClient, _ mutations: [JSONValue]) throws {
    let result = try client.changeGraph(mutations, version: ifVersion, isDryRun: dryRun)
    if json { return Console.json(result) }
    for range in result["added"]?.array ?? [] {
      let (first, count) = (range["first"]?.integer ?? 0, range["count"]?.integer ?? 0)
      Console.line("added \(count) \(count == 1 ? "vertex" : "vertices"), from number \(first)")
    }
    for vertex in result["departing"]?.array ?? [] {
      Console.line("\(vertex["path"]?.string ?? "?") goes when nothing there is held")
    }
    for job in result["evicted"]?.array ?? [] { Console.line("\(job.string ?? "?") was told to leave") }
    Console.note("The graph \(dryRun ? "would be" : "is") at version \(result["version"]?.integer ?? 0).")
  }
}

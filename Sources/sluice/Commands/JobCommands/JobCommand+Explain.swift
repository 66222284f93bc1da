import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain", abstract: "Say why a job does not run, when it may, and what would let it start.")

    @OptionGroup var subject: Subject

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let told = try subject.connection.client().explanation(subject.id)
      if json { return Console.json(told) }
      Console.line(told["reason"]?.string ?? "?")
      if let start = told["estimated_start"]?.string { Console.line("It may start at \(start).") }
      guard let resources = told["resources"], resources["matches"]?.bool == false else { return }
      Console.lines(table(resources["parts"]?.array ?? []).lines(for: .output))
      for change in resources["changes"]?.array ?? [] { Console.line(change["text"]?.string ?? "") }
    }

    private func table(_ parts: [JSONValue]) -> Table {
      var table = Table([
        .init("TYPE"), .init("NEEDED", .right), .init("AVAILABLE", .right), .init("SHORT", .right),
        .init("IN ALL", .right),
        .init("RULED OUT", maximumWidth: 80),
      ])
      for part in parts {
        let causes = (part["ruled_out"]?.object?.members ?? []).map { "\($0.value.jsonText) \($0.name)" }
        let unit = part["unit"]?.string ?? ""
        table.append([
          .init(JobTable.text(part["type"])), .init(JobTable.text(part["needed"]) + unit),
          .init(JobTable.text(part["available"]) + unit), .init(JobTable.text(part["shortage"]) + unit),
          .init(JobTable.text(part["vertices"])), .init(causes.joined(separator: ", ")),
        ])
      }
      return table
    }
  }
}

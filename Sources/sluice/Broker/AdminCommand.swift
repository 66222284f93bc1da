import ArgumentParser
import Glibc
import Journal
import Vocabulary

/// Works on a state directory without asking a broker.
struct AdminCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Check, back up, export or repair a broker's state directory.",
    subcommands: [Check.self, Backup.self, Export.self, Repair.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Read everything and verify it: checksums, the chain, snapshots, the archive. Changes nothing.")

    @Argument(help: "The state directory; its broker must not be running.")
    var directory: String

    func run() throws {
      let report = try JournalCheck.run(directory)
      let position = report.position?.text ?? "none"
      Console.line(
        "position \(position): \(report.batches) batches, \(report.records) records, \(report.snapshots) snapshots, "
          + "\(report.activeJobs) active and \(report.endedJobs) ended jobs, "
          + "\(report.keys) keys in \(report.namespaces) namespaces")
      for finding in report.findings { Console.line(finding) }
      guard report.isSound else { throw ExitCode(1) }
      Console.line("sound")
    }
  }

  struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "backup", abstract: "Copy a state directory consistently, while its broker runs or not.")

    @Argument(help: "The state directory.")
    var directory: String

    @Argument(help: "Where the copy goes; must not exist.")
    var target: String

    func run() throws {
      try JournalBackup.run(directory, to: target)
      Console.line("\(directory) is copied to \(target)")
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Write the log as JSON, one record a line, for auditors.")

    @Argument(help: "The state directory.")
    var directory: String

    @Option(help: "Begin with this sequence number.")
    var from: UInt64 = 1

    func run() throws {
      try LogExport.run(directory, from: from) { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { return }
          rest = rest.dropFirst(count)
        }
      }
    }
  }

  struct Repair: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "repair", abstract: "Give up the end of a log that cannot be read. Acknowledged work in it is lost.",
      discussion: """
        'sluice admin check' names the place. What is removed is kept in a file beside the database. The epoch \
        rises, so that clients notice that history was cut.
        """)

    @Argument(help: "The state directory; its broker must not be running.")
    var directory: String

    @Option(name: .customLong("truncate-at"), help: "Remove the batch with this sequence number and all after it.")
    var truncateAt: UInt64

    func run() throws {
      let report = try JournalRepair.truncate(directory, at: truncateAt)
      Console.line(
        "the log now ends at \(report.position.text): \(report.removedBatches) batches were removed, "
          + "\(report.removedEndedJobs) ended jobs are active again")
      if let sideFile = report.sideFile { Console.line("what was removed is in \(sideFile)") }
    }
  }
}

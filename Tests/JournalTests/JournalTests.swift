import BrokerCore
import Foundation
import GRDB
import Jobs
import Jobspec
import Persistent
import Testing
import Vocabulary

@testable import Journal

@Suite struct JournalTests {
  let folder: ScratchFolder
  var path: String { folder.inside("state") }

  init() throws { folder = try ScratchFolder() }

  @Test("What was appended is read back") func contractRecords() throws {
    try JournalContract.appendedRecordsAreRead { try Journal.open(path).journal }
  }

  @Test("Ended jobs are found by every filter, page by page") func contractArchive() throws {
    try JournalContract.endedJobsAreFound { try Journal.open(path).journal }
  }

  @Test("A reopened journal gives the state that was committed, with and without snapshots")
  func reopen() throws {
    var opened = try Journal.open(path)
    var script = LogScript(opened.state)
    var pending: [JobID] = []
    for round in 0..<12 {
      pending += script.submit(20, LogScript.spec(name: "n\(round)"), by: LogScript.user(round % 3))
      script.end(Array(pending.prefix(9)), as: JobResult.allCases[round % 4])
      pending.removeFirst(9)
      try opened.journal.append(script.takeBatch())
      if round % 5 == 3 { try opened.journal.writeSnapshot(of: script.state) }
      try opened.journal.close()
      opened = try Journal.open(path)
      #expect(opened.state.image == script.state.image)
      #expect(opened.state.queue.count == script.state.queue.count)
      #expect(opened.report.warnings.isEmpty)
    }
    #expect(opened.report.snapshot != nil && opened.report.batchesFolded == 3)
    try opened.journal.close()
    let check = try JournalCheck.run(path)
    #expect(check.findings == [])
    #expect(check.batches == 12 && check.endedJobs == 108 && check.activeJobs == 132 && check.snapshots == 2)
    #expect(check.position == script.state.position)
  }

  @Test("The writer runs with synchronous=FULL, which a reopened pool would not") func synchronousFull()
    throws
  {
    let journal = try Journal.open(path).journal
    #expect(try journal.pool.writeWithoutTransaction { try Connections.synchronous($0) } == 2)
    #expect(
      try journal.pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        == "wal")
    try journal.close()
  }

  @Test("A second opener is told who holds the directory") func locked() throws {
    let journal = try Journal.open(path).journal
    #expect(throws: JournalError.locked(path, holder: getpid())) { try Journal.open(path) }
    try journal.close()
    try Journal.open(path).journal.close()
  }

  @Test("A directory that others may enter is refused") func access() throws {
    try Journal.open(path).journal.close()
    #expect(chmod(path, 0o750) == 0)
    #expect(throws: JournalError.self) { try Journal.open(path) }
  }

  @Test("A directory of a newer version is refused and left as it is") func newerFormat() throws {
    try Journal.open(path).journal.close()
    try Data("2\n".utf8).write(to: URL(fileURLWithPath: path + "/format"))
    let before = try contents()
    #expect(throws: JournalError.newerFormat(found: 2, supported: 1)) { try Journal.open(path) }
    #expect(try contents() == before)
  }

  private func contents() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != "snapshots" {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }
    return files
  }

  @Test("A lost lock is noticed at the next append") func fenced() throws {
    let journal = try Journal.open(path).journal
    try journal.pool.write { try $0.execute(sql: "UPDATE instance SET incarnation = 5") }
    var script = LogScript()
    script.submit(1)
    let batch = script.takeBatch()
    #expect(throws: AppendFailure.fenced) { try journal.append(batch) }
  }

  @Test("A copy taken between any two steps opens with everything that was acknowledged by then")
  func crashCopies() throws {
    let journal = try Journal.open(path).journal
    var script = LogScript()
    var pending: [JobID] = []
    for round in 0..<15 {
      pending += script.submit(10, by: LogScript.user(round % 2))
      script.end([pending.removeFirst(), pending.removeLast()])
      try journal.append(script.takeBatch())
      if round == 6 || round == 11 { try journal.writeSnapshot(of: script.state) }
      let copy = folder.inside("copy")
      try copyDirectory(path, to: copy)
      let opened = try Journal.open(copy)
      #expect(opened.state.image == script.state.image)
      try opened.journal.close()
    }
    try journal.close()
  }

  @Test("What is purged is gone with the batch that says so, and a start finds nothing missing")
  func purging() throws {
    var journal = try Journal.open(path).journal
    var script = LogScript()
    let ids = script.submit(6)
    script.end(Array(ids.prefix(5)))
    try journal.append(script.takeBatch())
    let moment = Timestamp(microseconds: .max)
    #expect(try journal.oldestEndedJobs(endedBefore: nil, count: 2, candidates: 9).map(\.id) == Array(ids.prefix(2)))
    #expect(try journal.oldestEndedJobs(endedBefore: moment, count: 9, candidates: 3).map(\.id) == Array(ids.prefix(3)))
    #expect(try journal.countOldest(endedBefore: moment, candidates: 4) == 4)
    #expect(try journal.countOldest(endedBefore: Timestamp(microseconds: 0), candidates: 4) == 0)
    script.purge([ids[0], ids[3]])
    try journal.append(script.takeBatch())
    for round in 0..<2 {
      #expect(try ids.prefix(5).map { try journal.endedJob($0) != nil } == [false, true, true, false, true])
      if round == 0 { try journal.writeSnapshot(of: script.state) }
      try journal.close()
      let opened = try Journal.open(path)
      #expect(opened.report.warnings.isEmpty && opened.state.image == script.state.image)
      journal = opened.journal
    }
    script.purge([ids[1], ids[0]])
    #expect(throws: (any Error).self, "one of them is not there") { try journal.append(script.takeBatch()) }
    #expect(try journal.endedJob(ids[1]) != nil, "all of it or nothing")
    try journal.close()
  }

  @Test("A jobspec leaves the archive with the last job that has it, and comes back with a new one")
  func sharedJobspecs() throws {
    var journal = try Journal.open(path).journal
    var script = LogScript()
    let (shared, alone) = (LogScript.spec(command: "shared"), LogScript.spec(command: "alone"))
    let many = script.submit(5, shared)
    let one = script.submit(1, alone)
    func jobspecs() throws -> Int {
      try journal.pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM jobspecs") ?? 0 }
    }
    func restart() throws {
      try journal.close()
      #expect(try JournalCheck.run(path).findings == [])
      journal = try Journal.open(path).journal
    }
    // In one batch, in several, and after a restart, when nothing is remembered.
    script.end([many[0], many[1], one[0]])
    try journal.append(script.takeBatch())
    script.end([many[2]])
    try journal.append(script.takeBatch())
    try restart()
    script.end([many[3]])
    try journal.append(script.takeBatch())
    #expect(try jobspecs() == 2)
    script.purge([many[1], one[0]])
    try journal.append(script.takeBatch())
    #expect(try jobspecs() == 1)
    try restart()
    script.purge([many[0], many[2]])
    try journal.append(script.takeBatch())
    #expect(try jobspecs() == 1 && journal.endedJob(many[3])?.spec.jobspec.command == ["shared"])
    // One more ends in the batch that removes the others.
    script.end([many[4]])
    script.purge([many[3], many[4]])
    try journal.append(script.takeBatch())
    #expect(try jobspecs() == 0)
    // Its row is another one than that which readers still know, also where this process made none before.
    let again = script.submit(1, alone) + script.submit(2, shared)
    script.end(again)
    try journal.append(script.takeBatch())
    #expect(try jobspecs() == 2 && journal.endedJob(again[1])?.spec.jobspec.command == ["shared"])
    #expect(try journal.endedJob(again[0])?.spec.jobspec.command == ["alone"])
    try restart()
    try journal.close()
  }

  @Test("A database that a newer program has changed is left as it is")
  func newerDatabase() throws {
    let journal = try Journal.open(path).journal
    try journal.pool.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 from the future')") }
    try journal.close()
    #expect(throws: JournalError.newerFormat(found: 3, supported: 2)) { try Journal.open(path) }
  }

  @Test("A database without counts of jobspecs gets them when it is opened, and loses the jobspecs that nobody has")
  func countingJobspecs() throws {
    let journal = try Journal.open(path).journal
    var script = LogScript()
    script.end(script.submit(3))
    try journal.append(script.takeBatch())
    // As a program left it that purged jobs only.
    try journal.pool.write { db in
      try db.execute(sql: "INSERT INTO jobspecs (digest, packed) VALUES (zeroblob(32), x'00')")
      try db.execute(sql: "DROP TABLE shared_jobspecs")
      try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '2 %'")
    }
    try journal.close()
    let opened = try Journal.open(path).journal
    let (jobspecs, others) = try opened.pool.read { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM jobspecs"),
        try Int.fetchAll(db, sql: "SELECT others FROM shared_jobspecs")
      )
    }
    #expect(jobspecs == 1 && others == [2])
    try opened.close()
  }

  @Test("Retention removes only what snapshots cover, and says so") func retention() throws {
    var configuration = JournalConfiguration()
    configuration.recordsKept = 5
    let journal = try Journal.open(path, configuration).journal
    var script = LogScript()
    for round in 0..<10 {
      script.submit(4)
      try journal.append(script.takeBatch())
      if round == 4 || round == 6 { try journal.writeSnapshot(of: script.state) }
    }
    while try journal.pruneStep() {}
    let oldest = journal.oldestSeq
    #expect(oldest > 1)
    #expect(throws: ArchiveFailure.historyGone(oldest: oldest)) {
      try journal.records(from: oldest - 1, limit: 1)
    }
    #expect(try journal.records(from: oldest, limit: 1).first?.seq == oldest)
    try journal.close()
    let opened = try Journal.open(path, configuration)
    #expect(opened.state.image == script.state.image)
    #expect(opened.journal.oldestSeq == oldest)
    try opened.journal.close()
    #expect(try JournalCheck.run(path).findings == [])
  }

  @Test("A damaged newest snapshot is reported, and the one before it serves") func olderSnapshot() throws {
    let journal = try Journal.open(path).journal
    var script = LogScript()
    for _ in 0..<3 {
      script.submit(50)
      try journal.append(script.takeBatch())
      try journal.writeSnapshot(of: script.state)
    }
    try journal.close()
    let newest = path + "/snapshots/\(script.state.position.text).snapshot"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(fileURLWithPath: newest))
    #expect(try JournalCheck.run(path).isSound == false)
    let opened = try Journal.open(path)
    #expect(opened.state.image == script.state.image)
    #expect(opened.report.warnings.count == 1 && opened.report.batchesFolded == 1)
    try opened.journal.close()
  }

  @Test("A backup of a running journal opens as another history, and a repaired one too")
  func backupAndRepair() throws {
    let journal = try Journal.open(path).journal
    var script = LogScript()
    let ids = script.submit(10)
    try journal.append(script.takeBatch())
    try journal.writeSnapshot(of: script.state)
    let cut = script.state.nextSeq
    let kept = script.state
    script.end(Array(ids.prefix(4)))
    try journal.append(script.takeBatch())
    let copy = folder.inside("backup")
    try JournalBackup.run(path, to: copy)
    try journal.close()
    let opened = try Journal.open(copy)
    #expect(opened.state.position.epoch > 1 && opened.state.nextSeq == script.state.nextSeq)
    #expect(opened.state.jobs.count == 6)
    try opened.journal.close()
    #expect(try JournalCheck.run(copy).findings == [])

    let report = try JournalRepair.truncate(path, at: cut + 3)
    #expect(report.removedBatches == 1 && report.removedEndedJobs == 4 && report.position.seq == cut - 1)
    #expect(FileManager.default.fileExists(atPath: try #require(report.sideFile)))
    let repaired = try Journal.open(path)
    #expect(repaired.state.jobs.count == 10 && repaired.state.nextSeq == kept.nextSeq)
    #expect(repaired.state.epoch == report.position.epoch && report.position.epoch > 1)
    #expect(try repaired.journal.endedJob(ids[0]) == nil)
    var again = LogScript(repaired.state)
    again.end(Array(ids.prefix(2)))
    try repaired.journal.append(again.takeBatch())
    try repaired.journal.close()
    #expect(try JournalCheck.run(path).findings == [])
  }

  @Test("Every record is exported as one line of JSON") func export() throws {
    let journal = try Journal.open(path).journal
    var script = LogScript()
    script.add(.brokerStarted(incarnation: 3, version: "1"))
    let ids = script.submit(2)
    script.end(ids, as: .failed)
    script.end(script.submit(1), as: .canceled)
    let batch = script.takeBatch()
    try journal.append(batch)
    var lines: [[String: Any]] = []
    try LogExport.run(path) { line in
      if let json = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] {
        lines.append(json)
      }
    }
    #expect(lines.compactMap { $0["seq"] as? Int } == batch.records.map { Int($0.seq) })
    #expect(lines.compactMap { $0["kind"] as? String } == batch.records.map(\.body.name))
    #expect(lines.allSatisfy { $0["owner"] != nil && $0["actor"] != nil && $0["event"] != nil })
    try journal.close()
  }
}

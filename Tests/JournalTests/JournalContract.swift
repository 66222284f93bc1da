import BrokerCore
import Jobs
import Jobspec
import Persistent
import Testing
import Vocabulary

/// What every implementation of the journal's ports must do; each function takes a maker of an empty one.
enum JournalContract {
  typealias Port = JournalPort & ArchivePort

  static func appendedRecordsAreRead(_ make: () throws -> any Port) throws {
    let journal = try make()
    var script = LogScript()
    script.submit(3)
    let first = script.takeBatch()
    try journal.append(first)
    script.end([script.state.jobs.first!.key])
    let second = script.takeBatch()
    try journal.append(second)
    let expected = (first.records + second.records).map(\.seq)
    #expect(try journal.records(from: 1, limit: 1_000).map(\.seq) == expected)
    #expect(try journal.records(from: 1, limit: 1).map(\.seq) == first.records.map(\.seq))
    let middle = first.records[2]
    #expect(try journal.records(from: middle.seq + 1, limit: 1_000).first?.seq == middle.seq)
    #expect(try journal.records(from: script.state.nextSeq, limit: 10).isEmpty)
    #expect(journal.oldestSeq == 1)
  }

  static func endedJobsAreFound(_ make: () throws -> any Port) throws {
    let journal = try make()
    let jobs = try fill(journal)
    let one = try #require(jobs.first)
    let found = try #require(try journal.endedJob(one.id))
    #expect(found.history == one.history && found.owner == one.owner && found.result == one.result)
    #expect(try journal.endedJob(JobID(7)) == nil)
    for filter in filters(jobs) {
      let expected = jobs.filter { filter.matches($0) }.map(\.id).sorted(by: >)
      #expect(try pages(journal, filter, owner: nil, limit: 7, candidates: 50) == expected, "\(filter)")
      #expect(try pages(journal, filter, owner: nil, limit: 1_000, candidates: 3) == expected, "\(filter)")
      let owned = jobs.filter { filter.matches($0) && $0.owner.userID == 1_001 }.map(\.id).sorted(by: >)
      #expect(try pages(journal, filter, owner: 1_001, limit: 7, candidates: 50) == owned, "\(filter)")
    }
  }

  /// Goes through all pages, as a client does.
  private static func pages(
    _ journal: any Port, _ filter: JobFilter, owner: UInt32?, limit: Int, candidates: Int
  ) throws -> [JobID] {
    var ids: [JobID] = []
    var before: JobID?
    repeat {
      let page = try journal.endedJobs(
        matching: filter, owner: owner, before: before, limit: limit, candidates: candidates)
      #expect(page.jobs.count <= limit)
      ids += page.jobs.map(\.id)
      if let next = page.nextBefore, let before { #expect(next < before) }
      before = page.nextBefore
    } while before != nil
    return ids
  }

  /// Jobs of three users, two tenants, two queues and several names, ended in each way.
  private static func fill(_ journal: any Port) throws -> [Job] {
    var script = LogScript()
    for round in 0..<6 {
      let spec = LogScript.spec(
        name: round % 3 == 0 ? nil : "name\(round % 3)", queue: round % 2 == 0 ? "batch" : nil)
      for user in 0..<3 {
        let ids = script.submit(5, spec, by: LogScript.user(user, tenant: user == 2 ? "physics" : ""))
        for (index, id) in ids.dropLast().enumerated() { script.end([id], as: JobResult.allCases[index % 4]) }
      }
      try journal.append(script.takeBatch())
    }
    return script.ended
  }

  private static func filters(_ jobs: [Job]) -> [JobFilter] {
    [
      JobFilter(), JobFilter(states: .active), JobFilter(results: [.failed]),
      JobFilter(results: [.failed, .timeout]),
      JobFilter(results: []), JobFilter(user: "user1"), JobFilter(user: "nobody"),
      JobFilter(tenant: "physics"),
      JobFilter(tenant: ""), JobFilter(queue: "batch"), JobFilter(queue: ""), JobFilter(name: "name1"),
      JobFilter(name: "true"), JobFilter(since: jobs[jobs.count / 2].submittedAt),
      JobFilter(results: [.completed], user: "user0", queue: "batch", name: "name2"),
      JobFilter(results: [.canceled], tenant: "", since: jobs[jobs.count / 3].submittedAt),
    ]
  }
}

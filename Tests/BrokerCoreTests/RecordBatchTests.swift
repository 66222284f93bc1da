@testable import BrokerCore
import Jobs
import TestKit
import Testing
import Vocabulary

@Suite("Records as bytes")
struct RecordBatchTests {
  static func packed(_ records: [Record]) -> [UInt8] {
    var writer = PackedWriter()
    RecordBatch.pack(records, epoch: 3, into: &writer)
    return writer.bytes
  }

  @Test("Every kind of record comes back as it was, with its header")
  func roundTrip() throws {
    for seed in UInt64(1)...300 {
      var source = RandomRecords(random: SeededRandom(seed: seed))
      let records = source.batch(2 * RandomRecords.kinds)
      let back = try RecordBatch.unpack(Self.packed(records))
      try #require(back.epoch == 3 && back.records.count == records.count, "seed \(seed)")
      for (before, after) in zip(records, back.records) {
        try #require(
          before.seq == after.seq && before.at == after.at && before.causeSeq == after.causeSeq,
          "seed \(seed)")
        try #require(
          before.owner == after.owner && before.attribution.requestID == after.attribution.requestID)
        try #require(before.attribution.principal == after.attribution.principal)
        try #require(
          before.attribution.via == after.attribution.via && before.attribution.role == after.attribution.role
        )
      }
      // The packed form names everything that a record has: equal bytes, equal records.
      try #require(Self.packed(back.records) == Self.packed(records), "seed \(seed)")
    }
  }

  @Test("A batch that was cut anywhere is refused, and never stops the process")
  func truncation() throws {
    for seed in UInt64(1)...20 {
      var source = RandomRecords(random: SeededRandom(seed: seed))
      let bytes = Self.packed(source.batch(RandomRecords.kinds))
      for length in 0..<bytes.count {
        #expect(throws: PackedError.self, "seed \(seed), \(length) bytes") {
          try RecordBatch.unpack(Array(bytes.prefix(length)))
        }
      }
    }
  }

  @Test("A record of a kind that this version does not know is refused, with its place")
  func unknownKind() throws {
    let record = Record(
      seq: 7, at: Timestamp(microseconds: 0), attribution: .broker, owner: Samples.owner, causeSeq: 0,
      body: .operationEnded(id: 5))
    let bytes = Self.packed([record])
    // The kind is before the header's five small numbers' last four and the body's one.
    let place = bytes.count - 6
    try #require(bytes[place] == record.body.kind)
    for kind in [UInt8(0), 200, 255] {
      var changed = bytes
      changed[place] = kind
      let error = try #require(throws: PackedError.self) { try RecordBatch.unpack(changed) }
      #expect("\(error)".contains("record 7 is of unknown kind \(kind)"))
    }
  }

  @Test("Every kind of record has a number of its own, and its sample is of it")
  func kindNumbers() {
    var source = RandomRecords(random: SeededRandom(seed: 1))
    let numbers = (0..<RandomRecords.kinds).map { source.record(seq: 9, kind: $0).body.kind }
    #expect(Set(numbers).count == RandomRecords.kinds)
    #expect(
      numbers
        == Array(1...17) + [
          23, 18, 19, 24, 20, 21, 25, 26, 27, 28, 39, 30, 31, 32, 33, 34, 22, 36, 37, 35, 38, 40, 41, 42, 43, 44, 45,
        ])
  }

  @Test("Flipped bytes are refused or read as something else, and never stop the process")
  func flips() throws {
    var refused = 0
    for seed in UInt64(1)...60 {
      var source = RandomRecords(random: SeededRandom(seed: seed))
      let bytes = Self.packed(source.batch(RandomRecords.kinds))
      for _ in 0..<200 {
        var damaged = bytes
        for _ in 0..<source.random.within(1...3) {
          damaged[source.random.below(damaged.count)] ^= UInt8(truncatingIfNeeded: source.random.next() | 1)
        }
        do { _ = try RecordBatch.unpack(damaged) } catch { refused += 1 }
      }
    }
    #expect(refused > 1_000, "most damage is noticed even without the journal's checksum")
  }

  @Test("A kept answer comes back with ids in their order and the refusals between them")
  func keptAnswer() throws {
    var source = RandomRecords(random: SeededRandom(seed: 9))
    for number in 0..<300 {
      let answer = source.answer(Samples.user(1), holdsResult: number % 3 == 0)
      var writer = PackedWriter()
      answer.pack(into: &writer)
      var reader = PackedReader(writer.bytes)
      #expect(try KeptAnswer(unpacking: &reader, holdsResult: answer.holdsResult) == answer)
      #expect(reader.isAtEnd)
    }
  }

  @Test("A job filter comes back from its packed form")
  func filterRoundTrip() throws {
    var source = RandomRecords(random: SeededRandom(seed: 11))
    for _ in 0..<300 {
      let filter = source.filter()
      var writer = PackedWriter()
      filter.pack(into: &writer)
      var reader = PackedReader(writer.bytes)
      #expect(try JobFilter(unpacking: &reader) == filter)
    }
  }

  @Test("A filter matches a job only when every part of it does")
  func filterMatches() {
    let spec = Samples.jobspec(["/bin/date"])
    let submission = Submission(
      id: JobID(1), owner: Samples.user(1), spec: spec.digest, urgency: 16, priority: 16, flags: [])
    let job = Job(submission, spec: spec, at: Timestamp(microseconds: 10), seq: 1)
    #expect(JobFilter().matches(job))
    #expect(JobFilter(states: .pending, user: "user1", name: "date").matches(job))
    #expect(!JobFilter(states: .running).matches(job))
    #expect(!JobFilter(results: [.completed]).matches(job), "an active job has no result")
    #expect(!JobFilter(user: "user2").matches(job))
    #expect(JobFilter(since: Timestamp(microseconds: 10)).matches(job))
    #expect(!JobFilter(since: Timestamp(microseconds: 11)).matches(job))
  }
}

import Jobs
import Persistent
import TestKit
import Testing
import Vocabulary

@testable import BrokerCore

@Suite struct TopicTests {
  private var state = BrokerState(epoch: 1)
  private let ada = Samples.user(1)
  private let now = Timestamp(microseconds: 1_000_000)

  private func attribution(_ principal: Principal, _ role: Role = .user) -> Attribution {
    Attribution(principal: principal, role: role, tokenID: "t", requestID: "r")
  }

  private mutating func carryOut(_ command: Command, by principal: Principal, _ role: Role = .user) throws -> Answer {
    let decision = try state.decide(command, by: attribution(principal, role), at: now)
    for record in decision.records { state.fold(record) }
    return decision.answer
  }

  private func message(_ topic: OwnedTopic) -> Command {
    .publish(PublishCommand(topic: topic, mediaType: "text/plain", payload: [1, 2, 3]))
  }

  @Test("A message is recorded exactly while its topic is durable")
  mutating func durability() throws {
    let topic = OwnedTopic(owner: ada, topic: "sim.done")
    #expect(try carryOut(message(topic), by: ada) == .published(seq: nil))
    #expect(state.nextSeq == 1)
    #expect(try carryOut(.declareTopic(topic), by: ada) == .done)
    #expect(try carryOut(.declareTopic(topic), by: ada) == .done)
    #expect(state.nextSeq == 2)
    #expect(try carryOut(message(topic), by: ada) == .published(seq: 2))
    let foreign = OwnedTopic(owner: Samples.user(2), topic: "sim.done")
    #expect(try carryOut(message(foreign), by: Samples.user(2)) == .published(seq: nil))
    #expect(try carryOut(.undeclareTopic(topic), by: ada) == .done)
    #expect(try carryOut(.undeclareTopic(topic), by: ada) == .done)
    #expect(try carryOut(message(topic), by: ada) == .published(seq: nil))
    #expect(state.nextSeq == 4)
    #expect(state.durableTopics.isEmpty)
  }

  @Test("Topics are their user's alone, and the instance owner's")
  mutating func access() throws {
    let topic = OwnedTopic(owner: ada, topic: "a")
    let other = attribution(Samples.user(2))
    for command in [.declareTopic(topic), .undeclareTopic(topic), message(topic)] as [Command] {
      #expect(throws: Refusal.self) { try state.decide(command, by: other, at: now) }
    }
    #expect(try carryOut(.declareTopic(topic), by: Samples.owner, .owner) == .done)
    #expect(state.durableTopics(of: ada).map(\.topic) == ["a"])
    #expect(state.durableTopics(of: Samples.user(2)).isEmpty)
  }

  @Test("A user has so many durable topics and no more")
  mutating func limit() throws {
    for number in 0..<BrokerLimits.durableTopicsPerUser {
      _ = try carryOut(.declareTopic(OwnedTopic(owner: ada, topic: "t\(number)")), by: ada)
    }
    let more = OwnedTopic(owner: ada, topic: "more")
    #expect(throws: Refusal.tooManyTopics(limit: BrokerLimits.durableTopicsPerUser)) {
      try state.decide(.declareTopic(more), by: attribution(ada), at: now)
    }
    _ = try carryOut(.declareTopic(OwnedTopic(owner: Samples.user(2), topic: "more")), by: Samples.user(2))
    _ = try carryOut(.undeclareTopic(OwnedTopic(owner: ada, topic: "t7")), by: ada)
    _ = try carryOut(.declareTopic(more), by: ada)
  }

  @Test("Durable topics survive a snapshot, and an older snapshot has none")
  mutating func snapshot() throws {
    for text in ["b", "a"] { _ = try carryOut(.declareTopic(OwnedTopic(owner: ada, topic: text)), by: ada) }
    var chunks: [[UInt8]] = []
    state.packSnapshot { chunks.append($0) }
    var rest = chunks[...]
    let restored = try BrokerState { rest.popFirst() }
    #expect(restored.durableTopics(of: ada).map(\.topic) == ["a", "b"])
    #expect(restored.durableTopics(of: ada).map(\.declaredAt) == [now, now])

    var plain: [[UInt8]] = []
    BrokerState(epoch: 1).packSnapshot { plain.append($0) }
    // Version 1 ended before the count of topics and what came after it.
    var old = [[1] + plain[0].dropFirst().dropLast(17)][...]
    #expect(try BrokerState { old.popFirst() }.durableTopics.isEmpty)
  }

  @Test("The records of topics are read as they were written")
  func records() throws {
    let bodies: [RecordBody] = [
      .topicDeclared(topic: "a.b"), .messagePublished(topic: "a.b", mediaType: "x/y", payload: [0, 255]),
      .messagePublished(topic: "a", mediaType: "text/plain", payload: []), .topicRemoved(topic: "a.b"),
    ]
    let records = bodies.enumerated().map { index, body in
      Record(
        seq: UInt64(index + 7), at: now, attribution: attribution(ada), owner: ada, causeSeq: 0, body: body)
    }
    var writer = PackedWriter()
    RecordBatch.pack(records, epoch: 3, into: &writer)
    let unpacked = try RecordBatch.unpack(writer.bytes).records
    #expect(unpacked.map { "\($0.body)" } == bodies.map { "\($0)" })
    #expect(unpacked.map(\.body.kind) == [20, 22, 22, 21])
    #expect(unpacked.allSatisfy { $0.owner == ada && $0.body.width == 1 })
  }
}

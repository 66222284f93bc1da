import Dispatch
import Synchronization
import TestKit
import Testing

@testable import Messaging

@Suite struct TopicHubTests {
  @Test("Every listener whose pattern matches gets a message, and nobody else")
  func delivers() throws {
    let world = World()
    let exact = try world.listen("sim.done")
    let open = try world.listen("sim.*")
    let other = try world.listen("sim.failed")
    let stranger = try world.listen("*", scope: 2)
    #expect(try world.publish("sim.done", "x") == 2)
    #expect(exact.read() == ["sim.done x"])
    #expect(open.read() == ["sim.done x"])
    #expect(other.read() == [])
    #expect(stranger.read() == [])
    #expect(exact.wakes == 1 && other.wakes == 0)
  }

  @Test("A listener is woken when it had nothing, not for each message")
  func wakesOnce() throws {
    let world = World()
    let listener = try world.listen("a")
    for number in 0..<5 { try world.publish("a", "\(number)") }
    #expect(listener.wakes == 1)
    #expect(listener.read() == ["a 0", "a 1", "a 2", "a 3", "a 4"])
    try world.publish("a", "5")
    #expect(listener.wakes == 2)
  }

  @Test("A listener that falls behind loses the oldest and is told how many, where they were")
  func missed() throws {
    let world = World()
    let listener = try world.listen("a")
    for number in 0..<TopicSubscription.maximumMessages + 17 { try world.publish("a", "\(number)") }
    let read = listener.read()
    #expect(read.first == "missed 17")
    #expect(read.dropFirst().first == "a 17")
    #expect(read.count == TopicSubscription.maximumMessages + 1)
    #expect(world.hub.queuedBytes == 0)
    try world.publish("a", "later")
    #expect(listener.read() == ["a later"])
  }

  @Test("What waits for one listener, and for all of them, is bounded in bytes")
  func boundedBytes() throws {
    let world = World()
    let large = String(repeating: "x", count: 1 << 20)
    let listeners = try (0..<40).map { _ in try world.listen("*") }
    for _ in 0..<20 { try world.publish("a", large) }
    #expect(world.hub.queuedBytes <= TopicBudget.maximumBytes)
    for listener in listeners {
      let read = listener.read()
      let missed = read.compactMap { $0.hasPrefix("missed ") ? Int($0.dropFirst(7)) : nil }.reduce(0, +)
      let got = read.count { $0.hasPrefix("a ") }
      #expect(missed + got == 20)
      #expect(got * large.utf8.count <= TopicSubscription.maximumBytes)
    }
    #expect(world.hub.queuedBytes == 0)
  }

  @Test("A listener that has left costs nothing and gets nothing")
  func leaves() throws {
    let world = World()
    let listener = try world.listen("a.*.c.*")
    try world.publish("a.b.c.d", "1")
    world.hub.remove(listener.subscription)
    world.hub.remove(listener.subscription)
    #expect(try world.publish("a.b.c.d", "2") == 0)
    #expect(listener.read() == [])
    #expect(world.hub.isEmpty && world.hub.queuedBytes == 0)
  }

  @Test("Whatever is subscribed and published, the index finds what the patterns say")
  func agreesWithPatterns() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("agreesWithPatterns: SEED=\(seed)")
    var random = SeededRandom(seed: seed)
    let world = World()
    var listeners: [Listener] = []
    for step in 0..<3_000 {
      if random.chance(150) || listeners.isEmpty {
        let segments = (0..<random.within(1...4)).map { _ in random.pick(["a", "b", "c", "*"]) }
        listeners.append(try world.listen(segments.joined(separator: "."), scope: UInt32(random.below(2))))
      } else if random.chance(100) {
        world.hub.remove(listeners.remove(at: random.below(listeners.count)).subscription)
      } else {
        let topic = (0..<random.within(1...4)).map { _ in random.pick(["a", "b", "c"]) }.joined(separator: ".")
        let scope = UInt32(random.below(2))
        let name = try #require(TopicName(topic))
        let expected = listeners.filter { $0.subscription.scope == scope && $0.subscription.pattern.matches(name) }
        #expect(try world.publish(topic, "\(step)", scope: scope) == expected.count)
        for listener in expected { #expect(listener.read() == ["\(topic) \(step)"]) }
      }
    }
    #expect(listeners.allSatisfy { $0.read().isEmpty })
  }

  @Test("Listeners of the same topics see them in the same order, whoever publishes")
  func oneOrder() throws {
    let world = World()
    let listeners = try ["*", "a", "a"].map { try world.listen($0) }
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for number in 0..<200 { _ = try? world.publish("a", "\(thread).\(number)") }
    }
    let orders = listeners.map { $0.read() }
    #expect(orders[0].count == 800)
    #expect(orders[0] == orders[1] && orders[1] == orders[2])
    for thread in 0..<4 {
      let own = orders[0].filter { $0.hasPrefix("a \(thread).") }
      #expect(own == (0..<200).map { "a \(thread).\($0)" })
    }
  }
}

/// A hub and shorthand to use it.
private struct World: Sendable {
  let hub = TopicHub()

  func listen(_ pattern: String, scope: UInt32 = 1) throws -> Listener {
    let count = WakeCount()
    let subscription = hub.subscribe(to: try #require(TopicPattern(pattern)), in: scope) { count.add() }
    return Listener(subscription: subscription, count: count)
  }

  @discardableResult
  func publish(_ topic: String, _ text: String, scope: UInt32 = 1) throws -> Int {
    let name = try #require(TopicName(topic))
    return hub.publish(TopicMessage(topic: name, data: Array("\(topic) \(text)".utf8)), in: scope)
  }
}

private final class WakeCount: Sendable {
  private let count = Atomic<Int>(0)
  func add() { count.add(1, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}

private struct Listener: Sendable {
  let subscription: TopicSubscription
  let count: WakeCount

  var wakes: Int { count.value }

  func read() -> [String] {
    var texts: [String] = []
    while let item = subscription.next() {
      switch item {
      case .missed(let count): texts.append("missed \(count)")
      case .message(let message): texts.append(String(decoding: message.data, as: UTF8.self))
      }
    }
    return texts
  }
}

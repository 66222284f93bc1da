import TestKit
import Testing
import Vocabulary

@testable import Messaging

/// The desk against `NaiveServices`, step by step.
@Suite struct ServiceDeskModelTests {
  @Test("Whatever happens, every call ends once as the plain model says, and no call has two takers")
  func agreesWithModel() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("agreesWithModel: SEED=\(seed)")
    for run in 0..<40 {
      var walk = Walk(seed: seed &+ UInt64(run))
      for _ in 0..<400 { try walk.step() }
      try walk.finish()
      #expect(walk.endedCalls > 20, "the walk did something")
    }
  }
}

private struct Walk {
  private let world = ServiceWorld()
  private var model = NaiveServices()
  private var random: SeededRandom
  private var takers: [ServiceWorld.Taken] = []
  private var calls: [ServiceCall] = []
  private let services = ["a", "b", "c"]

  var endedCalls: Int { calls.count { $0.end != nil } }

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func step() throws {
    switch random.below(100) {
    case 0..<30: try take()
    case 30..<60: try call()
    case 60..<85: try reply()
    case 85..<90: try cancel()
    default: advance(random.within(1...8))
    }
    try compare()
  }

  private mutating func take() throws {
    let text = random.pick(services)
    let seconds = Double(random.below(20))
    model.take(takers.count, text, until: world.after(seconds), at: world.now)
    takers.append(try world.take(try world.service(text), seconds))
  }

  private mutating func call() throws {
    let text = random.pick(services)
    let seconds = Double(random.within(1...50))
    let service = try world.service(text)
    guard model.isOffered(text) else {
      let world = world
      #expect(throws: ServiceRefusal.nobodyServes) { _ = try world.call(service) }
      return
    }
    model.call(calls.count, text, until: world.after(seconds), at: world.now)
    calls.append(try world.call(service, "\(calls.count)", name: "n\(calls.count)", seconds: seconds))
  }

  private mutating func reply() throws {
    guard !calls.isEmpty else { return }
    let id = random.below(calls.count)
    let call = calls[id]
    let isGiven = model.calls.contains { $0.id == id && $0.taker != nil }
    let reply: ServiceReply =
      random.chance(800) ? .final(ServiceWorld.payload("\(id)")) : .failure("\(id)")
    guard isGiven else {
      let world = world
      #expect(throws: ServiceRefusal.callOver) { try world.reply(reply, to: call) }
      return
    }
    try world.reply(.part(ServiceWorld.payload("part")), to: call)
    #expect(call.takeParts().count == 1)
    try world.reply(reply, to: call)
    switch reply {
    case .final(let payload): model.end(id, .answered(payload), at: world.now)
    case .failure(let reason): model.end(id, .failed(reason), at: world.now)
    case .part: break
    }
  }

  private mutating func cancel() throws {
    guard !calls.isEmpty else { return }
    let id = random.below(calls.count)
    let call = calls[id]
    if model.calls.contains(where: { $0.id == id }) {
      try world.desk.cancel("n\(id)", of: call.service, at: world.now)
      model.end(id, .cancelled, at: world.now)
    } else {
      let (desk, now) = (world.desk, world.now)
      #expect(throws: ServiceRefusal.unknownCall) { try desk.cancel("n\(id)", of: call.service, at: now) }
      desk.abandon(call, at: now)
    }
  }

  private mutating func advance(_ seconds: Int) {
    for _ in 0..<seconds {
      model.advance(to: world.after(1))
      world.advance(1)
    }
  }

  private func compare() throws {
    for (id, taker) in takers.enumerated() {
      switch model.served[id] {
      case nil: #expect(taker.isWaiting, "taker \(id)")
      case .some(nil): #expect(taker.isTurnedAway, "taker \(id)")
      case .some(.some(let call)): #expect(taker.call === calls[call], "taker \(id)")
      }
    }
    for (id, call) in calls.enumerated() { #expect(call.end == model.ends[id], "call \(id)") }
    let given = takers.compactMap { $0.call?.number }
    #expect(Set(given).count == given.count, "a call has two takers")
    #expect(world.desk.callCount == model.calls.count)
  }

  /// In the end everything has ended, and nothing is remembered.
  mutating func finish() throws {
    advance(120)
    try compare()
    #expect(calls.allSatisfy { $0.end != nil } && takers.allSatisfy { !$0.isWaiting })
    #expect(world.desk.callCount == 0 && world.desk.serviceCount == 0 && world.desk.nextDeadline == nil)
  }
}

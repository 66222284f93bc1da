import Synchronization
import Testing
import Vocabulary

@testable import Messaging

@Suite struct ServiceDeskTests {
  let world = ServiceWorld()

  @Test("A call goes to the longest waiting taker, and its answer to the caller")
  func answers() throws {
    let sum = try world.service()
    let first = try world.take(sum)
    let second = try world.take(sum)
    let call = try world.call(sum, "1 2")
    let woken = Atomic<Int>(0)
    call.attach { woken.add(1, ordering: .relaxed) }
    #expect(first.call === call && second.isWaiting)
    #expect(call.payload == ServiceWorld.payload("1 2") && call.user == "ada")
    try world.reply(.final(ServiceWorld.payload("3")), to: call)
    #expect(call.end == .answered(ServiceWorld.payload("3")))
    #expect(woken.load(ordering: .relaxed) == 1)
  }

  @Test("Calls wait in order while the takers are busy")
  func waits() throws {
    let sum = try world.service()
    let busy = try world.take(sum)
    let calls = try (0..<3).map { try world.call(sum, "\($0)") }
    #expect(busy.call === calls[0])
    #expect(try world.take(sum).call === calls[1])
    #expect(try world.take(sum).call === calls[2])
  }

  @Test("Exactly one final reply is taken")
  func oneReply() throws {
    let sum = try world.service()
    _ = try world.take(sum)
    let call = try world.call(sum)
    try world.reply(.failure("no"), to: call)
    #expect(call.end == .failed("no"))
    #expect(throws: ServiceRefusal.callOver) { try world.reply(.final(ServiceWorld.payload("x")), to: call) }
    #expect(throws: ServiceRefusal.callOver) { try world.reply(.part(ServiceWorld.payload("x")), to: call) }
    #expect(call.end == .failed("no"))
  }

  @Test("A call that nobody was given, or of another service, takes no reply")
  func strangers() throws {
    let sum = try world.service()
    let taker = try world.take(sum)
    let given = try world.call(sum)
    let waiting = try world.call(sum)
    #expect(taker.call === given)
    #expect(throws: ServiceRefusal.callOver) { try world.reply(.final(ServiceWorld.payload("x")), to: waiting) }
    let (desk, now) = (world.desk, world.now)
    for other in [try world.service("other"), try world.service(scope: 2)] {
      #expect(throws: ServiceRefusal.callOver) {
        try desk.reply(.final(ServiceWorld.payload("x")), to: given.number, of: other, at: now)
      }
    }
    #expect(throws: ServiceRefusal.callOver) {
      try desk.reply(.final(ServiceWorld.payload("x")), to: 999, of: sum, at: now)
    }
    #expect(given.end == nil && waiting.end == nil)
  }

  @Test("Parts come in order, before the end")
  func parts() throws {
    let sum = try world.service()
    _ = try world.take(sum)
    let call = try world.call(sum)
    for text in ["a", "b"] { try world.reply(.part(ServiceWorld.payload(text)), to: call) }
    #expect(call.takeParts() == ["a", "b"].map(ServiceWorld.payload) && call.end == nil)
    try world.reply(.part(ServiceWorld.payload("c")), to: call)
    try world.reply(.final(ServiceWorld.payload("d")), to: call)
    #expect(call.takeParts() == [ServiceWorld.payload("c")])
    #expect(call.end == .answered(ServiceWorld.payload("d")))
  }

  @Test("An answerer is held back when the caller does not read")
  func behind() throws {
    let sum = try world.service()
    _ = try world.take(sum)
    let call = try world.call(sum)
    let large = MessagePayload(mediaType: "x/y", bytes: [UInt8](repeating: 1, count: MessagePayload.maximumBytes))
    let fitting = ServiceLimits.unreadBytesPerCall / MessagePayload.maximumBytes
    for _ in 0..<fitting { try world.reply(.part(large), to: call) }
    #expect(throws: ServiceRefusal.callerBehind(limit: ServiceLimits.unreadBytesPerCall)) {
      try world.reply(.part(large), to: call)
    }
    _ = call.takeParts()
    try world.reply(.part(large), to: call)
    #expect(call.end == nil)
  }

  @Test("Nobody serves what was never offered, and what was offered lapses 30 s after its last taker left")
  func lapses() throws {
    let sum = try world.service()
    #expect(throws: ServiceRefusal.nobodyServes) { _ = try world.call(sum) }
    let taker = try world.take(sum, 10)
    world.advance(10)
    #expect(taker.isTurnedAway)
    world.advance(29)
    let call = try world.call(sum)
    #expect(call.end == nil)
    world.advance(1)
    #expect(call.end == .nobodyServes)
    #expect(throws: ServiceRefusal.nobodyServes) { _ = try world.call(sum) }
    #expect(world.desk.serviceCount == 0 && world.desk.nextDeadline == nil)
  }

  @Test("A look without waiting renews the offer")
  func renews() throws {
    let sum = try world.service()
    #expect(try world.take(sum, 0).isTurnedAway)
    world.advance(20)
    #expect(try world.take(sum, 0).isTurnedAway)
    world.advance(20)
    let call = try world.call(sum)
    #expect(try world.take(sum, 0).call === call)
  }

  @Test("Who works on a call still offers the service")
  func works() throws {
    let sum = try world.service()
    _ = try world.take(sum)
    let long = try world.call(sum, seconds: 60)
    world.advance(45)
    let next = try world.call(sum)
    #expect(long.end == nil && next.end == nil)
    try world.reply(.final(ServiceWorld.payload("x")), to: long)
    world.advance(20)
    #expect(try world.take(sum).call === next)
  }

  @Test("A call whose time is up ends, waiting or given")
  func deadline() throws {
    let sum = try world.service()
    let taker = try world.take(sum)
    let given = try world.call(sum, seconds: 5)
    let waiting = try world.call(sum, seconds: 5)
    world.advance(4)
    #expect(given.end == nil && waiting.end == nil)
    world.advance(1)
    #expect(given.end == .outOfTime && waiting.end == .outOfTime)
    #expect(taker.call === given)
    #expect(throws: ServiceRefusal.callOver) { try world.reply(.final(ServiceWorld.payload("x")), to: given) }
    #expect(try world.take(sum).isWaiting)
  }

  @Test("A caller cancels by the name it gave, which is free again afterwards")
  func cancels() throws {
    let sum = try world.service()
    _ = try world.take(sum)
    let call = try world.call(sum, name: "mine")
    #expect(throws: ServiceRefusal.callExists) { _ = try world.call(sum, name: "mine") }
    let (desk, now) = (world.desk, world.now)
    #expect(throws: ServiceRefusal.unknownCall) { try desk.cancel("mine", of: world.service(scope: 2), at: now) }
    try desk.cancel("mine", of: sum, at: now)
    #expect(call.end == .cancelled)
    #expect(throws: ServiceRefusal.unknownCall) { try desk.cancel("mine", of: sum, at: now) }
    let again = try world.call(sum, name: "mine")
    desk.abandon(again, at: now)
    desk.abandon(again, at: now)
    #expect(again.end == .cancelled)
  }

  @Test("A call is not lost to a taker that has left: the next one gets it")
  func takerLeft() throws {
    let sum = try world.service()
    let gone = try world.take(sum)
    let alsoGone = try world.take(sum)
    let present = try world.take(sum)
    for taker in [gone, alsoGone] { taker.isPresent.store(false, ordering: .relaxed) }
    let first = try world.call(sum)
    let second = try world.call(sum)
    #expect(present.call === first)
    #expect(try world.take(sum).call === second)
  }

  @Test("A call whose caller has left is given to nobody, and the taker keeps its place")
  func callerLeft() throws {
    let sum = try world.service()
    let first = try world.take(sum)
    let second = try world.take(sum)
    let gone = try world.call(sum) { false }
    #expect(gone.end == .cancelled && first.isWaiting && second.isWaiting)
    let call = try world.call(sum)
    #expect(first.call === call && second.isWaiting)
  }

  @Test("The same service of two users is two services")
  func scopes() throws {
    let taker = try world.take(try world.service(scope: 1))
    #expect(throws: ServiceRefusal.nobodyServes) { _ = try world.call(try world.service(scope: 2)) }
    #expect(taker.isWaiting)
  }

  @Test("So many calls wait for a service and no more")
  func limits() throws {
    let sum = try world.service()
    _ = try world.take(sum, 0)
    for _ in 0..<ServiceLimits.waitingCallsPerService { _ = try world.call(sum) }
    #expect(throws: ServiceRefusal.tooManyWaiting(limit: ServiceLimits.waitingCallsPerService)) {
      _ = try world.call(sum)
    }
    let other = try world.service("other")
    for _ in 0..<ServiceLimits.takersPerService { _ = try world.take(other) }
    #expect(throws: ServiceRefusal.tooManyTakers(limit: ServiceLimits.takersPerService)) { _ = try world.take(other) }
    var calls = ServiceLimits.waitingCallsPerService
    fill: for number in 0..<20 {
      let service = try world.service("s\(number)")
      _ = try world.take(service, 0)
      for _ in 0..<ServiceLimits.waitingCallsPerService {
        guard calls < ServiceLimits.calls else { break fill }
        _ = try world.call(service)
        calls += 1
      }
    }
    #expect(throws: ServiceRefusal.tooManyCalls(limit: ServiceLimits.calls)) { _ = try world.call(other) }
    world.advance(60)
    #expect(world.desk.callCount == 0)
  }
}

import Persistent
import Vocabulary

/// Offers and calls as values: what happens goes in, what is to be done comes out.
///
///     call:  waiting --match--> given --reply--> ended
///            given --giveBack--> waiting          (its taker had left)
///            waiting, given --cancel, tick--> ended
///
/// A call is in `calls` from its beginning to its one end. A service is remembered while somebody waits for its
/// calls or works on one, and `ServiceLimits.offerLifetime` after that.
struct ServiceBook: Sendable {
  private struct Entry: Sendable {
    let call: ServiceCall
    /// Whether a taker has it.
    var isGiven: Bool
  }

  private var services: [ServiceName: ServiceQueue] = [:]
  private var calls: [UInt64: Entry] = [:]
  private var deadlines = SortedSet<ServiceDeadline>()
  private var lastNumber: UInt64 = 0

  var nextDeadline: Timestamp? { deadlines.first?.at }
  var callCount: Int { calls.count }
  var serviceCount: Int { services.count }

  private mutating func newNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  // MARK: Takers

  /// Offers a service and asks for one call of it.
  mutating func take(
    _ service: ServiceName, until deadline: Timestamp, at now: Timestamp,
    _ deliver: @escaping @Sendable (ServiceCall?) -> Bool
  ) throws(ServiceRefusal) -> [ServiceAction] {
    if let queue = services[service] {
      guard queue.takers.count < ServiceLimits.takersPerService else {
        throw .tooManyTakers(limit: ServiceLimits.takersPerService)
      }
    } else {
      guard services.count < ServiceLimits.services else { throw .tooManyServices(limit: ServiceLimits.services) }
      services[service] = ServiceQueue(number: newNumber())
    }
    let taker = ServiceTaker(number: newNumber(), service: service, deadline: deadline, deliver: deliver)
    forgetLapse(of: service)
    add(taker)
    if let action = match(service, at: now) { return [action] }
    guard deadline <= now else { return [] }
    remove(taker, at: now)
    return [.turnAway(taker)]
  }

  private mutating func add(_ taker: ServiceTaker) {
    services[taker.service]?.takers[taker.number] = taker
    deadlines.insert(ServiceDeadline(at: taker.deadline, number: taker.number, subject: .taker(taker.service)))
  }

  private mutating func remove(_ taker: ServiceTaker, at now: Timestamp) {
    services[taker.service]?.takers[taker.number] = nil
    deadlines.remove(ServiceDeadline(at: taker.deadline, number: taker.number, subject: .taker(taker.service)))
    review(taker.service, at: now)
  }

  // MARK: Calls

  mutating func call(
    _ request: ServiceCall.Request, at now: Timestamp
  ) throws(ServiceRefusal) -> (ServiceCall, [ServiceAction]) {
    guard let queue = services[request.service] else { throw .nobodyServes }
    if let name = request.name, queue.names[name] != nil { throw .callExists }
    guard queue.waiting.count < ServiceLimits.waitingCallsPerService else {
      throw .tooManyWaiting(limit: ServiceLimits.waitingCallsPerService)
    }
    guard calls.count < ServiceLimits.calls else { throw .tooManyCalls(limit: ServiceLimits.calls) }
    let call = ServiceCall(number: newNumber(), request)
    calls[call.number] = Entry(call: call, isGiven: false)
    deadlines.insert(ServiceDeadline(at: call.deadline, number: call.number, subject: .call))
    services[call.service]?.waiting[call.number] = call
    if let name = call.name { services[call.service]?.names[name] = call.number }
    return (call, match(call.service, at: now).map { [$0] } ?? [])
  }

  /// Brings the oldest call and the longest waiting taker together.
  private mutating func match(_ service: ServiceName, at now: Timestamp) -> ServiceAction? {
    guard let queue = services[service], let taker = queue.takers.first?.value,
      let call = queue.waiting.first?.value
    else {
      review(service, at: now)
      return nil
    }
    services[service]?.waiting[call.number] = nil
    services[service]?.given += 1
    calls[call.number]?.isGiven = true
    remove(taker, at: now)
    return .hand(call, to: taker)
  }

  /// The taker of a call had left before it got it: the call goes to the next, at its old place.
  mutating func giveBack(_ call: ServiceCall, at now: Timestamp) -> [ServiceAction] {
    guard calls[call.number] != nil else { return [] }
    calls[call.number]?.isGiven = false
    services[call.service]?.given -= 1
    services[call.service]?.waiting[call.number] = call
    return match(call.service, at: now).map { [$0] } ?? []
  }

  /// The caller had left before its call was given: the taker keeps its place in the line.
  mutating func giveUp(_ call: ServiceCall, _ taker: ServiceTaker, at now: Timestamp) -> [ServiceAction] {
    // It is remembered: until now the call counted as given.
    if services[taker.service] == nil { services[taker.service] = ServiceQueue(number: newNumber()) }
    add(taker)
    let ended = end(call.number, .cancelled, at: now)
    return ended + (match(taker.service, at: now).map { [$0] } ?? [])
  }

  mutating func reply(
    _ reply: ServiceReply, to number: UInt64, of service: ServiceName, at now: Timestamp
  ) throws(ServiceRefusal) -> [ServiceAction] {
    guard let entry = calls[number], entry.isGiven, entry.call.service == service, entry.call.deadline > now else {
      throw .callOver
    }
    switch reply {
    case .part(let part): return try entry.call.add(part).map { [.wake($0)] } ?? []
    case .final(let payload): return end(number, .answered(payload), at: now)
    case .failure(let reason): return end(number, .failed(reason), at: now)
    }
  }

  mutating func cancel(
    _ name: String, of service: ServiceName, at now: Timestamp
  ) throws(ServiceRefusal) -> [ServiceAction] {
    guard let number = services[service]?.names[name] else { throw .unknownCall }
    return end(number, .cancelled, at: now)
  }

  /// Ends a call, unless it has ended.
  mutating func end(_ number: UInt64, _ end: ServiceCall.End, at now: Timestamp) -> [ServiceAction] {
    guard let entry = calls.removeValue(forKey: number) else { return [] }
    let call = entry.call
    deadlines.remove(ServiceDeadline(at: call.deadline, number: number, subject: .call))
    if entry.isGiven { services[call.service]?.given -= 1 } else { services[call.service]?.waiting[number] = nil }
    if let name = call.name { services[call.service]?.names[name] = nil }
    review(call.service, at: now)
    return call.finish(end).map { [.wake($0)] } ?? []
  }

  // MARK: Time

  /// Ends what is overdue.
  mutating func tick(_ now: Timestamp) -> [ServiceAction] {
    var actions: [ServiceAction] = []
    while let deadline = deadlines.first, deadline.at <= now {
      deadlines.remove(deadline)
      switch deadline.subject {
      case .taker(let service):
        guard let taker = services[service]?.takers[deadline.number] else { break }
        remove(taker, at: now)
        actions.append(.turnAway(taker))
      case .call: actions += end(deadline.number, .outOfTime, at: now)
      case .offer(let service):
        let waiting = services[service].map { Array($0.waiting.keys) } ?? []
        for number in waiting { actions += end(number, .nobodyServes, at: now) }
        services[service] = nil
      }
    }
    return actions
  }

  /// Begins or ends the countdown of a service's offer.
  private mutating func review(_ service: ServiceName, at now: Timestamp) {
    guard let queue = services[service] else { return }
    if queue.isServed {
      forgetLapse(of: service)
    } else if queue.lapse == nil {
      let lapse = now.advanced(by: ServiceLimits.offerLifetime)
      services[service]?.lapse = lapse
      deadlines.insert(ServiceDeadline(at: lapse, number: queue.number, subject: .offer(service)))
    }
  }

  private mutating func forgetLapse(of service: ServiceName) {
    guard let queue = services[service], let lapse = queue.lapse else { return }
    deadlines.remove(ServiceDeadline(at: lapse, number: queue.number, subject: .offer(service)))
    services[service]?.lapse = nil
  }
}

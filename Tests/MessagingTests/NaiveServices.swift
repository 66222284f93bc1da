import Vocabulary

@testable import Messaging

/// What a desk should do, as plainly as it can be said: lists that are searched from the beginning.
struct NaiveServices {
  struct Taker {
    let id: Int
    let service: String
    let deadline: Timestamp
  }

  struct Call {
    let id: Int
    let service: String
    let deadline: Timestamp
    /// The taker that has it.
    var taker: Int?
  }

  var takers: [Taker] = []
  var calls: [Call] = []
  /// When each known service was last waited for or worked on.
  var lastServed: [String: Timestamp] = [:]
  /// What has become of takers: `nil` for one that was turned away.
  var served: [Int: Int?] = [:]
  var ends: [Int: ServiceCall.End] = [:]

  func isOffered(_ service: String) -> Bool { lastServed[service] != nil }

  private func isServed(_ service: String) -> Bool {
    takers.contains { $0.service == service } || calls.contains { $0.service == service && $0.taker != nil }
  }

  mutating func take(_ id: Int, _ service: String, until deadline: Timestamp, at now: Timestamp) {
    lastServed[service] = now
    takers.append(Taker(id: id, service: service, deadline: deadline))
    match(service, at: now)
    if deadline <= now, let index = takers.firstIndex(where: { $0.id == id }) {
      takers.remove(at: index)
      served[id] = .some(nil)
    }
  }

  mutating func call(_ id: Int, _ service: String, until deadline: Timestamp, at now: Timestamp) {
    calls.append(Call(id: id, service: service, deadline: deadline, taker: nil))
    match(service, at: now)
  }

  private mutating func match(_ service: String, at now: Timestamp) {
    guard let taker = takers.firstIndex(where: { $0.service == service }),
      let call = calls.firstIndex(where: { $0.service == service && $0.taker == nil })
    else { return }
    calls[call].taker = takers[taker].id
    served[takers[taker].id] = calls[call].id
    takers.remove(at: taker)
  }

  mutating func end(_ id: Int, _ end: ServiceCall.End, at now: Timestamp) {
    guard let index = calls.firstIndex(where: { $0.id == id }) else { return }
    let call = calls.remove(at: index)
    ends[id] = end
    if call.taker != nil { lastServed[call.service] = now }
  }

  /// Second by second, so that everything ends when it should.
  mutating func advance(to now: Timestamp) {
    for taker in takers where taker.deadline <= now {
      served[taker.id] = .some(nil)
      lastServed[taker.service] = now
    }
    takers.removeAll { $0.deadline <= now }
    for call in calls where call.deadline <= now { end(call.id, .outOfTime, at: now) }
    for (service, last) in lastServed where !isServed(service) {
      guard now.since(last) >= ServiceLimits.offerLifetime else { continue }
      for call in calls where call.service == service { end(call.id, .nobodyServes, at: now) }
      lastServed[service] = nil
    }
  }
}

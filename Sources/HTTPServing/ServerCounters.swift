import Synchronization

/// What the server counts; relaxed, since each counter is read by itself.
final class ServerCounters: Sendable {
  let activeRequests = Atomic(0)
  let requests = Atomic(0)
  let refusedRequests = Atomic(0)
  let refusedConnections = Atomic(0)
  let expiredConnections = Atomic(0)
}

import BrokerCore
import Dispatch
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Persistent
import Synchronization
import Vocabulary

extension API {
  static var fenceRoutes: [Route] {
    [
      Route(
        "POST", "/v1/kvs/{ns}/fences/{name}",
        .whole(types: [MediaTypes.json], limit: KeyValueLimits.transactionBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.joinFence(context, body)
        }),
      Route(
        "POST", "/v1/barriers/{name}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.joinBarrier(context, body)
        }),
    ]
  }

  private func joinFence(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["timeout", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    let fields = try ClosedObject(
      body, allowing: ["size", "participant", "operations"], limits: TransactionReader.limits)
    let name = try KeyText.name(context.parameters[1], of: "a fence")
    let blobs = configuration.blobs
    let operations = try TransactionReader.operations(fields, "operations") { [owner = blobOwner(of: place.id)] in
      blobs.touch($0, owner: owner)
    }
    guard operations.allSatisfy(\.isWrite) else {
      throw Problem(invalid: "/operations", "only what writes belongs to a fence")
    }
    let arrival = try Self.arrival(at: FenceID(fence: name, of: place.id), fields, operations.compactMap(\.asChange))
    return try meet(arrival, query, context)
  }

  private func joinBarrier(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["timeout", "user"])
    let name = try KeyText.name(context.parameters[0], of: "a barrier")
    let fields = try ClosedObject(body, allowing: ["size", "participant"])
    let owner = try messageScope(context, query)
    return try meet(try Self.arrival(at: FenceID(barrier: name, userID: owner.userID), fields, []), query, context)
  }

  private static func arrival(
    at id: FenceID, _ fields: ClosedObject, _ changes: [Change]
  ) throws(Problem) -> FenceArrival {
    guard let size = try fields.integer("size", in: 1...Int64(BrokerLimits.fenceParticipants)) else {
      throw Problem(invalid: "/size", "must say how many participants it takes")
    }
    guard let participant = try fields.text("participant", upTo: 128), !participant.isEmpty else {
      throw Problem(invalid: "/participant", "must tell this participant from the others, in 1 to 128 bytes")
    }
    return FenceArrival(fence: id, size: Int(size), participant: participant, changes: changes)
  }

  private func meet(
    _ arrival: FenceArrival, _ query: QueryReader, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    let timeout = try query.span("timeout", upTo: JobWait.Request.longest) ?? JobWait.Request.standard
    let pending = unanswered(context, seconds: JobWait.commitSeconds + timeout.seconds)
    let wait = FenceWait(api: self, context: context, arrival, timeout, pending)
    try send(.joinFence(arrival), context) { outcome in wait.joined(outcome) }
    return .later(pending)
  }
}

/// A participant that waits for the others: parked, holding no thread.
private final class FenceWait: Sendable {
  private let api: API
  private let context: RequestContext
  private let arrival: FenceArrival
  private let timeout: TimeSpan
  private let pending: PendingReply
  private let ticket = Mutex<Watchers.Ticket?>(nil)

  init(api: API, context: RequestContext, _ arrival: FenceArrival, _ timeout: TimeSpan, _ pending: PendingReply) {
    self.api = api
    self.context = context
    self.arrival = arrival
    self.timeout = timeout
    self.pending = pending
  }

  func joined(_ outcome: Outcome) {
    if case .refused(.transaction(let refusal)) = outcome {
      return pending.complete { [context] in
        Problem(refusal, branch: "operations").response(requestID: context.requestID)
      }
    }
    guard case .answered(.fence(let answer)) = outcome else {
      pending.complete { [self] in api.failure(outcome, context) }
      return
    }
    switch answer {
    case .ended(let outcome): finish(outcome)
    case .waiting:
      ticket.withLock { $0 = api.broker.watchers.add(.fence(arrival.fence)) { [self] in look() } }
      api.deadlines.asyncAfter(deadline: .now() + timeout.seconds) { [self] in expire() }
      look()
    }
  }

  private func look() {
    let memory = api.broker.withSnapshot { state in
      state.keyValues.memories[arrival.fence]?.last { $0.participants.contains(arrival.participant) }
    }
    if let memory { finish(memory.outcome) }
  }

  private func finish(_ outcome: FenceOutcome) {
    release()
    let (api, context, fence) = (api, context, arrival.fence)
    pending.complete {
      switch outcome {
      case .failed(let reason): return Problem(409, "fence_failed", reason).response(requestID: context.requestID)
      case .complete(let revision):
        return Answers.object(200, context.requestID) { writer in
          writer.field("revision", revision)
          guard fence.kind == .fence else { return }
          let root = api.broker.withSnapshot { $0.keyValues[fence.scope]?.namespace.root(at: revision) }
          if let root { writer.field("root", KeyRendering.root(root.digest(using: KeyRendering.digest))) }
        }
      }
    }
  }

  private func expire() {
    release()
    let (context, arrival) = (context, arrival)
    let round = api.broker.withSnapshot { $0.keyValues.rounds[arrival.fence] }
    pending.complete {
      Answers.object(202, context.requestID) { writer in
        writer.field("arrived", round?.participants.count ?? 0)
        writer.field("size", arrival.size)
      }
    }
  }

  private func release() {
    if let ticket = ticket.withLock({ $0.take() }) { api.broker.watchers.remove(ticket) }
  }
}

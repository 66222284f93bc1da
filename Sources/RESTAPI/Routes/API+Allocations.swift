import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// What is held or reserved apart from jobs.
extension API {
  static var allocationRoutes: [Route] {
    [
      Route("GET", "/v1/allocations", .none { api, context throws(Problem) in try api.listAllocations(context) }),
      Route("GET", "/v1/allocations/{id}", .none { api, context throws(Problem) in try api.showAllocation(context) }),
      Route(
        "DELETE", "/v1/allocations/{id}", .none { api, context throws(Problem) in try api.releaseAllocation(context) }),
    ]
  }

  /// How often a reservation is looked for again when others were given its resources meanwhile.
  private static let reservationTries = 8

  // MARK: Making

  /// Holds what is free now; what is not is refused, or reserved for the first time at which it is expected to be.
  func allocate(
    _ request: AllocationRequest, orElseReserve isReserving: Bool, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    let pending = unanswered(context, seconds: isReserving ? LongQuestions.seconds : JobWait.commitSeconds)
    try send(.allocate(request), context) { [self] outcome in
      if isReserving, case .refused(.conflict) = outcome {
        return reserve(request, tries: Self.reservationTries, context, pending)
      }
      pending.complete { [self] in made(outcome, context) }
    }
    return .later(pending)
  }

  /// Looks for it away from the loop, on a snapshot; the loop checks what has come about since.
  private func reserve(
    _ request: AllocationRequest, tries: Int, _ context: RequestContext, _ pending: PendingReply
  ) {
    let isTaken = forecasts.submit { [self] in
      guard pending.isAwaited else { return }
      do throws(Problem) {
        try send(.reserve(try findReservation(request)), context) { [self] outcome in
          if tries > 1, case .refused(.conflict) = outcome {
            return reserve(request, tries: tries - 1, context, pending)
          }
          pending.complete { [self] in made(outcome, context) }
        }
      } catch {
        pending.complete { error.response(requestID: context.requestID) }
      }
    }
    if !isTaken { pending.complete { Problem(Unavailability.inboxFull).response(requestID: context.requestID) } }
  }

  private func findReservation(_ request: AllocationRequest) throws(Problem) -> ReservationRequest {
    let state = broker.snapshot
    let (problem, promise) = try findPromise(request.question, in: state)
    return ReservationRequest(
      promise: promise, note: request.note, origin: problem.origin, graphVersion: problem.graph.version,
      seq: state.position.seq)
  }

  private func findPromise(
    _ question: Scheduler.Question, in state: BrokerState
  ) throws(Problem) -> (SchedulingProblem, Promise) {
    guard let problem = state.schedulingProblem(at: broker.ports.now()) else { throw Problem(Refusal.noResources) }
    // What holds it may have left since.
    if let grants = Scheduler.match(question, in: problem) {
      return (problem, Promise(grants: grants, start: problem.now, duration: question.duration))
    }
    guard let opening = Scheduler.opening(for: question, in: problem) else {
      throw Problem(
        409, "conflict",
        "what is asked for is not free now, and when it will be is not known: what has no time limit is not waited for")
    }
    return (problem, Promise(grants: opening.grants, start: opening.start, duration: question.duration))
  }

  /// When and on what a reservation would be.
  func previewReservation(_ question: Scheduler.Question, _ context: RequestContext) throws(Problem) -> HTTPReply {
    try workOut(on: forecasts, context) { [self] () throws(Problem) in
      let (problem, promise) = try findPromise(question, in: broker.snapshot)
      return Answers.object(200, context.requestID) { writer in
        writer.field("matched", true)
        writer.field("at", promise.start)
        let end = promise.duration.map { promise.start.advanced(by: $0) }
        let allocation = Allocation(grants: promise.grants, expiration: end)
        writer.field(
          "R", raw: AllocationRendering.resourceSet(allocation, startedAt: promise.start, problem.graph))
      }
    }
  }

  private func made(_ outcome: Outcome, _ context: RequestContext) -> HTTPResponse {
    let found: Found
    switch outcome {
    case .answered(.allocated(let held)): found = .held(held)
    case .answered(.reserved(let reservation)): found = .reserved(reservation)
    default: return failure(outcome, context)
    }
    let graph = broker.withSnapshot { $0.graph }
    let location = HeaderField(name: "Location", value: "/v1/allocations/\(found.id)")
    return Answers.object(201, context.requestID, headers: [location]) { found.write(graph, to: &$0) }
  }

  // MARK: Reading

  private enum Found {
    case held(HeldAllocation)
    case reserved(Reservation)
    /// What a job has given back, and a program of the instance still looks after.
    case housekeeping(Housekeeping)

    init?(_ id: UInt64, in state: BrokerState) {
      if let held = state.allocations[id] {
        self = .held(held)
      } else if let reservation = state.reservations[id] {
        self = .reserved(reservation)
      } else if let held = state.housekeeping(numbered: id) {
        self = .housekeeping(held)
      } else {
        return nil
      }
    }

    var id: UInt64 {
      switch self {
      case .held(let held): held.id
      case .reserved(let reservation): reservation.id
      case .housekeeping(let held): held.id
      }
    }

    var owner: Principal {
      switch self {
      case .held(let held): held.owner
      case .reserved(let reservation): reservation.owner
      case .housekeeping(let held): held.owner
      }
    }

    func write(_ graph: ResourceGraph?, to writer: inout JSONWriter) {
      switch self {
      case .held(let held): AllocationRendering.writeMembers(held, graph, to: &writer)
      case .reserved(let reservation): AllocationRendering.writeMembers(reservation, graph, to: &writer)
      case .housekeeping(let held): AllocationRendering.writeMembers(held, graph, to: &writer)
      }
    }
  }

  private func listAllocations(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["limit", "cursor"])
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    let first = UInt64(try query.integer("cursor", in: 0...Int.max) ?? 0)
    guard let caller = context.caller else { throw .unauthorized }
    let state = broker.snapshot
    // One more than a page says where the next one begins.
    var page: [Found] = []
    state.allocations.forEach(from: first) { _, held in
      if caller.maySee(held.owner) { page.append(.held(held)) }
      return page.count <= limit
    }
    state.reservations.forEach(from: first) { _, reservation in
      if caller.maySee(reservation.owner) { page.append(.reserved(reservation)) }
      return true
    }
    for held in state.housekeeping.values where held.id >= first && caller.maySee(held.owner) {
      page.append(.housekeeping(held))
    }
    page.sort { $0.id < $1.id }
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for found in page.prefix(limit) { writer.object { found.write(state.graph, to: &$0) } }
        }
        if page.count > limit {
          writer.field("next_cursor", String(page[limit].id))
        } else {
          writer.nullField("next_cursor")
        }
        writer.field("position", state.position.text)
      })
  }

  private func allocationID(_ context: RequestContext) throws(Problem) -> UInt64 {
    guard let text = context.parameters.first, let id = UInt64(text) else { throw .notFound }
    return id
  }

  private func showAllocation(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let id = try allocationID(context)
    let (found, graph) = broker.withSnapshot { state in (Found(id, in: state), state.graph) }
    guard let found, let caller = context.caller, caller.maySee(found.owner) else { throw .notFound }
    return .now(Answers.object(200, context.requestID) { found.write(graph, to: &$0) })
  }

  private func releaseAllocation(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let command = Command.deallocate(try allocationID(context))
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) { Answers.noContent(context.requestID) }
  }
}

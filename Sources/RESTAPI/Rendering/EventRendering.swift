public import BrokerCore
public import Hosting
import Jobs
import KeyValues
import ResourceFormats
import ResourceGraph
import Scheduling
import Vocabulary

/// Committed records as stream events: encoded once, for all streams.
public enum EventRendering {
  public static func events(of record: Record, epoch: UInt32) -> [StreamEvent] {
    switch record.body {
    case .jobSubmitted(let submission):
      return EventlogEntry.entries(of: submission, at: record.at, seq: record.seq).map {
        event(of: $0, job: submission.id, owner: record, epoch)
      }
    case .jobHappened(let id, let happening):
      return EventlogEntry.entries(of: JobHappening(seq: record.seq, at: record.at, event: happening))
        .map { event(of: $0, job: id, owner: record, epoch) }
    case .tokenIssued(let token): return [plain(record, .token, epoch) { $0.field("token_id", token.id) }]
    case .tokenRevoked(let id, _): return [plain(record, .token, epoch) { $0.field("token_id", id) }]
    case .operationBegun(let operation):
      return [plain(record, .operation, epoch) { $0.field("operation", String(operation.id)) }]
    case .operationAdvanced(let id, _, let changed):
      return [
        plain(record, .operation, epoch) { writer in
          writer.field("operation", String(id))
          writer.field("changed", changed)
        }
      ]
    case .operationEnded(let id): return [plain(record, .operation, epoch) { $0.field("operation", String(id)) }]
    case .brokerStarted(_, let version): return [plain(record, .broker, epoch) { $0.field("version", version) }]
    case .shepherdJoined: return [plain(record, .broker, epoch) { _ in }]
    case .topicDeclared(let topic), .topicRemoved(let topic):
      return [plain(record, .message, epoch) { $0.field("topic", topic) }]
    case .messagePublished(let topic, let mediaType, let payload):
      let message = MessageRendering.data(
        topic: topic, at: record.at, user: record.attribution.principal.name, mediaType: mediaType, payload)
      return [encoded(message, seq: record.seq, .message, record.owner, nil, isLast: false, epoch, topic)]
    case .jobSignalled(let attempt, let signal):
      return [
        plain(record, .operation, epoch) { writer in
          writer.field("job", attempt.job)
          writer.field("signal", Int(signal))
        }
      ]
    case .jobspecStored, .resultCollected, .answerKept, .answersForgotten: return []
    default: return resourceEvents(of: record, epoch)
    }
  }

  private static func resourceEvents(of record: Record, _ epoch: UInt32) -> [StreamEvent] {
    switch record.body {
    case .resourcesDefined(let inventory):
      return [plain(record, .resource, epoch) { $0.field("nnodes", inventory.nodes.count) }]
    case .resourcesDescribed(let document):
      return [
        plain(record, .resource, epoch) { writer in
          writer.name("recipes")
          writer.array { writer in for fragment in document.fragments { writer.value(Recipe.text(of: fragment)) } }
        }
      ]
    case .graphChanged(let changes):
      return [plain(record, .resource, epoch) { GraphRendering.write(changes, to: &$0) }]
    case .removalsAwaited(let vertices):
      return [
        plain(record, .resource, epoch) { writer in
          writer.name("vertices")
          writer.array { writer in for vertex in vertices { writer.value(UInt64(vertex.rawValue)) } }
        }
      ]
    case .allocated(let held): return [plain(record, .resource, epoch) { $0.field("allocation", String(held.id)) }]
    case .reserved(let reservation):
      return [
        plain(record, .resource, epoch) { writer in
          writer.field("allocation", String(reservation.id))
          writer.field("start", reservation.promise.start)
        }
      ]
    case .deallocated(let id): return [plain(record, .resource, epoch) { $0.field("allocation", String(id)) }]
    case .queueDefined(let rules):
      return [
        plain(record, .resource, epoch) { writer in
          writer.name("queue")
          QueueRendering.write(rules, jobs: nil, to: &writer)
        }
      ]
    case .queueRemoved(let name): return [plain(record, .resource, epoch) { $0.field("queue", name) }]
    case .maintenanceDefined(let window):
      return [
        plain(record, .resource, epoch) { writer in
          writer.name("maintenance")
          QueueRendering.write(window, to: &writer)
        }
      ]
    case .maintenanceRemoved(let name): return [plain(record, .resource, epoch) { $0.field("maintenance", name) }]
    case .preemptionSet(let policy): return [plain(record, .resource, epoch) { $0.field("enabled", policy == .on) }]
    case .programsDefined(let programs):
      return [
        plain(record, .resource, epoch) { writer in
          writer.field("prolog", programs.prolog != nil)
          writer.field("epilog", programs.epilog != nil)
          writer.field("housekeeping", programs.housekeeping != nil)
        }
      ]
    case .housekeepingBegun(let held): return [housekeeping(record, held.attempt, epoch)]
    case .housekeepingEnded(let attempt, let status):
      return [housekeeping(record, attempt, status: status, epoch)]
    default: return keyValueEvents(of: record, epoch)
    }
  }

  /// What a job gave back is looked after, or free again.
  private static func housekeeping(
    _ record: Record, _ attempt: AttemptID, status: Int32? = nil, _ epoch: UInt32
  ) -> StreamEvent {
    plain(record, .resource, epoch) { writer in
      writer.field("job", attempt.job)
      writer.field("attempt", UInt64(attempt.attempt))
      if let status { writer.field("status", Int(status)) }
    }
  }

  private static func keyValueEvents(of record: Record, _ epoch: UInt32) -> [StreamEvent] {
    switch record.body {
    case .namespaceCreated(let creation):
      return [plain(record, .kvs, epoch) { $0.field("namespace", creation.id.name.text) }]
    case .namespaceChanged(let id, _, _), .namespaceRemoved(let id):
      return [plain(record, .kvs, epoch) { $0.field("namespace", id.name.text) }]
    case .keysChanged(let id, let changes):
      return [
        plain(record, .kvs, epoch) { writer in
          writer.field("namespace", id.name.text)
          writer.field("revision", record.seq)
          writer.field("changes", changes.count)
          writer.name("keys")
          writer.array { writer in for change in changes.prefix(namedKeys) { writer.value(change.key.text) } }
        }
      ]
    case .fenceEnded(let id, let outcome):
      return [
        plain(record, .kvs, epoch) { writer in
          writer.field(id.kind == .barrier ? "barrier" : "fence", id.name.text)
          if case .complete(let revision) = outcome { writer.field("revision", revision) }
        }
      ]
    default: return []
    }
  }

  /// Keys that the event of a commit names; a watch tells all.
  private static let namedKeys = 16

  static func event(
    of entry: EventlogEntry, job: JobID, owner: Record, _ epoch: UInt32
  ) -> StreamEvent {
    event(of: entry, job: job, principal: owner.owner, epoch)
  }

  /// The event of one eventlog entry; also for a job's past, read from the job itself.
  static func event(
    of entry: EventlogEntry, job: JobID, principal: Principal, _ epoch: UInt32
  ) -> StreamEvent {
    var writer = JSONWriter(reservingCapacity: 192)
    writer.object { writer in
      writer.field("id", job)
      writer.field("name", entry.name)
      writer.field("timestamp", entry.at)
      if !entry.context.isEmpty { writer.field("context", .object(entry.context)) }
      writer.field("state", entry.state.name)
    }
    return encoded(
      writer.take(), seq: entry.seq, .job, principal, job, isLast: entry.name == "clean", epoch)
  }

  private static func plain(
    _ record: Record, _ topic: StreamEvent.Topic, _ epoch: UInt32, _ body: (inout JSONWriter) -> Void
  ) -> StreamEvent {
    var writer = JSONWriter(reservingCapacity: 128)
    writer.object { writer in
      writer.field("name", record.body.name)
      writer.field("timestamp", record.at)
      body(&writer)
    }
    return encoded(writer.take(), seq: record.seq, topic, record.owner, nil, isLast: false, epoch)
  }

  private static func encoded(
    _ data: [UInt8], seq: UInt64, _ topic: StreamEvent.Topic, _ owner: Principal, _ job: JobID?, isLast: Bool,
    _ epoch: UInt32, _ messageTopic: String? = nil
  ) -> StreamEvent {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 64)
    bytes += "id: \(epoch)-\(seq)\nevent: \(topic.name)\ndata: ".utf8
    let start = bytes.count
    bytes += data
    let end = bytes.count
    bytes += "\n\n".utf8
    return StreamEvent(
      seq: seq, topic: topic, owner: owner, job: job, isLastOfJob: isLast, sse: bytes, data: bytes[start..<end],
      messageTopic: messageTopic)
  }
}

extension StreamEvent.Topic {
  var name: String {
    switch self {
    case .job: "job"
    case .resource: "resource"
    case .token: "token"
    case .operation: "operation"
    case .broker: "broker"
    case .kvs: "kvs"
    case .message: "message"
    }
  }

  init?(name: some StringProtocol) {
    let all = [Self.job, .resource, .token, .operation, .broker, .kvs, .message]
    guard let topic = all.first(where: { $0.name == name }) else { return nil }
    self = topic
  }
}

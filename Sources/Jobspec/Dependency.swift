public import Vocabulary

/// What a job waits for before it may be planned.
///
/// - Source: RFC 26; the schemes and the words that events carry are flux-core's.
public enum Dependency: Hashable, Sendable {
  case after(AfterCondition, JobID)
  case beginTime(Timestamp)
  /// No older job of the same user and name is active.
  case singleton
  /// One of `limit` places among the copies of one submission; never written by a submitter.
  case place(group: UInt64, limit: UInt32)

  /// Names the dependency in the events `dependency-add` and `dependency-remove`.
  public var description: String {
    switch self {
    case .after(let condition, let id): "\(condition.eventName)=\(id.f58)"
    case .beginTime(let time): "begin-time=\(Self.seconds(of: time))"
    case .singleton: "singleton"
    case .place(_, let limit): "throttle=\(limit)"
    }
  }

  /// Since 1970, with milliseconds.
  static func seconds(of time: Timestamp) -> String {
    let digits = String(time.microseconds / 1_000 % 1_000)
    return "\(time.microseconds / 1_000_000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}

/// What has to become of another job.
public enum AfterCondition: UInt8, Sendable, CaseIterable {
  case start = 1
  case end
  case success
  case failure
  case exception

  /// The schemes by which it is asked for; the first is the usual one.
  /// - Source: RFC 26; `afterstart` and `afterexcept` are flux-core's.
  public var schemes: [String] {
    switch self {
    case .start: ["afterstart", "after"]
    case .end: ["afterany"]
    case .success: ["afterok"]
    case .failure: ["afternotok"]
    case .exception: ["afterexcept"]
    }
  }

  /// As in the events of flux-core.
  var eventName: String {
    switch self {
    case .start: "after-start"
    case .end: "after-finish"
    case .success: "after-success"
    case .failure: "after-failure"
    case .exception: "after-except"
    }
  }

  init?(scheme: String) {
    guard let condition = Self.allCases.first(where: { $0.schemes.contains(scheme) }) else { return nil }
    self = condition
  }
}

extension Dependency {
  public func pack(into writer: inout PackedWriter) {
    switch self {
    case .after(let condition, let id):
      writer.write(condition.rawValue)
      writer.write(id)
    case .beginTime(let time):
      writer.write(UInt8(16))
      writer.write(time)
    case .singleton: writer.write(UInt8(17))
    case .place(let group, let limit):
      writer.write(UInt8(18))
      writer.write(group)
      writer.write(limit)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 16: self = .beginTime(try reader.readTimestamp())
    case 17: self = .singleton
    case 18: self = .place(group: try reader.readUInt64(), limit: try reader.readUInt32())
    case let kind:
      guard let condition = AfterCondition(rawValue: kind) else {
        throw .invalid("kind of dependency", offset: reader.offset)
      }
      self = .after(condition, try reader.readJobID())
    }
  }
}

public import Vocabulary

/// What may become different of a jobspec after its submission; `nil` leaves a part as it is.
public struct JobChange: Sendable, Hashable {
  /// Zero: unlimited.
  public var duration: TimeSpan?
  /// Never empty.
  public var queue: String?

  public init(duration: TimeSpan? = nil, queue: String? = nil) {
    self.duration = duration
    self.queue = queue
  }

  mutating func take(_ later: JobChange) {
    duration = later.duration ?? duration
    queue = later.queue ?? queue
  }

  /// Of the event `jobspec-update`: dotted keys and their values.
  /// - Source: Flux RFC 21.
  var context: JSONObject {
    var context = JSONObject()
    if let duration { context["attributes.system.duration"] = .real(duration.seconds) }
    if let queue { context["attributes.system.queue"] = .string(queue) }
    return context
  }
}

extension JSONObject {
  /// With the members of `other`; `null` removes one.
  public func merging(_ other: JSONObject) -> JSONObject {
    var members = members.filter { other[$0.name] == nil }
    for member in other.members where member.value != .null { members.append(member) }
    return JSONObject(uniqueMembers: members)
  }
}

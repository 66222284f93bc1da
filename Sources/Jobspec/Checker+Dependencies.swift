import Vocabulary

/// Readers of `dependencies`.
/// - Source: RFC 26.
extension Checker {
  /// The last moment that four-digit years name.
  private static let lastSecond: Int64 = 253_402_300_799

  private static let schemes = AfterCondition.allCases.flatMap(\.schemes) + ["begin-time", "singleton"]

  /// - Parameter takesTexts: whether `SCHEME:VALUE` may stand for the object, as in the short form.
  mutating func dependencies(_ value: JSONValue, takesTexts: Bool) -> [Dependency] {
    // An empty object was always taken here, for "none".
    if value.isNull || value.object?.isEmpty ?? false { return [] }
    guard let elements = array(value) else { return [] }
    guard elements.count <= JobspecLimits.maximumDependencies else {
      report("must have at most \(JobspecLimits.maximumDependencies) elements, not \(elements.count)")
      return []
    }
    var dependencies: [Dependency] = []
    var subjects: Set<Subject> = []
    for (index, element) in elements.enumerated() {
      within(index) { checker in
        guard let dependency = checker.dependency(element, takesTexts: takesTexts) else { return }
        if !subjects.insert(Subject(dependency)).inserted { checker.report("repeats an earlier dependency's subject") }
        dependencies.append(dependency)
      }
    }
    return dependencies
  }

  private mutating func dependency(_ value: JSONValue, takesTexts: Bool) -> Dependency? {
    if takesTexts, let text = value.string {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return dependency(scheme: parts[0], value: parts.count > 1 ? parts[1] : "") { checker, _, message in
        checker.report(message)
      }
    }
    guard let object = object(value) else { return nil }
    requireMembers(["scheme", "value"], of: object)
    var scheme: String?
    var operand: String?
    for member in object.members {
      switch member.name {
      case "scheme": scheme = within("scheme") { $0.string(member.value) }
      case "value": operand = within("value") { $0.string(member.value) }
      default: reportUnknown(member.name, allowed: ["scheme", "value"])
      }
    }
    guard let scheme, let operand else { return nil }
    return dependency(scheme: scheme, value: operand) { $0.report(at: $1, $2) }
  }

  /// - Parameter report: takes the member that is wrong, and why.
  private mutating func dependency(
    scheme: String, value: String, report: (inout Checker, String, String) -> Void
  ) -> Dependency? {
    if let condition = AfterCondition(scheme: scheme) {
      if let id = JobID(parsing: value) { return .after(condition, id) }
      report(&self, "value", "must be a job id, as in \"\(scheme):f2oLkT7hd\"")
      return nil
    }
    switch scheme {
    case "begin-time":
      if let seconds = Double(value), seconds >= 0, seconds <= Double(Self.lastSecond) {
        return .beginTime(Timestamp(microseconds: Int64(seconds * 1_000_000)))
      }
      report(&self, "value", "must be seconds since 1970, from 0 to \(Self.lastSecond)")
    case "singleton":
      if value.isEmpty { return .singleton }
      report(&self, "value", "must be empty: the job's own name is meant")
    default:
      report(&self, "scheme", "must be one of \(Self.schemes.joined(separator: ", "))")
    }
    return nil
  }

  /// A job that waits to be the oldest of its name needs one.
  mutating func checkSingleton(_ system: SystemAttributes) {
    guard system.dependencies.contains(.singleton), system.name == nil else { return }
    report(at: "dependencies", "\"singleton\" needs a job name")
  }

  /// What may be named once.
  private enum Subject: Hashable {
    case job(JobID)
    case time
    case name

    init(_ dependency: Dependency) {
      switch dependency {
      case .after(_, let id): self = .job(id)
      case .beginTime: self = .time
      case .singleton, .place: self = .name
      }
    }
  }
}

extension Dependency {
  /// The object of RFC 26.
  var rendered: JSONValue {
    switch self {
    case .after(let condition, let id): Self.object(condition.schemes[0], id.f58)
    case .beginTime(let time): Self.object("begin-time", Self.seconds(of: time))
    case .singleton: Self.object("singleton", "")
    case .place: .null
    }
  }

  private static func object(_ scheme: String, _ value: String) -> JSONValue {
    .object(["scheme": .string(scheme), "value": .string(value)])
  }
}

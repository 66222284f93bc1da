public import Vocabulary

extension SubmissionRequest {
  /// Reads the closed object of a submission: either the short fields or a whole `jobspec`, and how to treat it.
  ///
  /// - Throws: everything that is wrong with it.
  public static func parse(_ json: JSONValue) throws(InvalidDocument) -> SubmissionRequest {
    var checker = Checker(base: "")
    let request = read(json, &checker)
    return try checker.finish(request)
  }

  private static func read(_ json: JSONValue, _ checker: inout Checker) -> SubmissionRequest? {
    guard let object = checker.object(json) else { return nil }
    var fields = SubmissionFields()
    for member in object.members {
      if !fields.take(member) { checker.reportUnknown(member.name, allowed: SubmissionFields.names) }
    }
    let urgency = fields.urgency.map { value in
      checker.within("urgency") { $0.integer(value, in: 0...JobspecLimits.maximumUrgency) }
    }
    let flags = fields.flags.map { value in checker.within("flags") { $0.flags(value) } }
    let jobspec = fields.jobspec.map { whole in fields.completed(whole, &checker) } ?? fields.build(&checker)
    guard let jobspec else { return nil }
    return SubmissionRequest(
      jobspec: jobspec, urgency: (urgency ?? nil).map(Int.init) ?? JobspecLimits.defaultUrgency, flags: flags ?? [])
  }
}

extension Checker {
  fileprivate mutating func flags(_ value: JSONValue) -> SubmissionFlags {
    guard let elements = array(value) else { return [] }
    var flags: SubmissionFlags = []
    for (index, element) in elements.enumerated() {
      within(index) { checker in
        guard let name = checker.string(element) else { return }
        if let known = SubmissionFlags.byName.first(where: { $0.name == name }) {
          flags.insert(known.flag)
        } else {
          checker.report("must be one of \(SubmissionFlags.byName.map(\.name).joined(separator: ", "))")
        }
      }
    }
    return flags
  }
}

public import Vocabulary

extension SubmissionRequest {
  /// Reads the closed object of a submission: the short fields or a whole `jobspec`, and how to treat it.
  ///
  /// - Parameter allowsCopies: whether `cc` may ask for many jobs, as in a bulk submission.
  /// - Throws: everything that is wrong with it.
  public static func parse(
    _ json: JSONValue, allowsCopies: Bool = false
  ) throws(InvalidDocument) -> SubmissionRequest {
    var checker = Checker(base: "")
    let request = read(json, allowsCopies, &checker)
    return try checker.finish(request)
  }

  private static func read(
    _ json: JSONValue, _ allowsCopies: Bool, _ checker: inout Checker
  ) -> SubmissionRequest? {
    guard let object = checker.object(json) else { return nil }
    var fields = SubmissionFields()
    var copies: Idset?
    var throttle: Int?
    for member in object.members where !fields.take(member) {
      if allowsCopies, member.name == "cc" {
        copies = checker.within("cc") { $0.copies(member.value) }
      } else if allowsCopies, member.name == "throttle" {
        throttle = checker.within("throttle") { $0.throttle(member.value) }
      } else {
        let names = SubmissionFields.names + (allowsCopies ? ["cc", "throttle"] : [])
        checker.reportUnknown(member.name, allowed: names)
      }
    }
    if throttle != nil, copies == nil { checker.report(at: "throttle", "goes with \"cc\"") }
    let urgency = fields.urgency.map { value in
      checker.within("urgency") { $0.integer(value, in: 0...JobspecLimits.maximumUrgency) }
    }
    let flags = fields.flags.map { value in checker.within("flags") { $0.flags(value) } }
    let within = fields.within.map { value in checker.within("within") { $0.jobID(value) } }
    let jobspec = fields.jobspec.map { whole in fields.completed(whole, &checker) } ?? fields.build(&checker)
    guard let jobspec else { return nil }
    return SubmissionRequest(
      jobspec: jobspec, urgency: (urgency ?? nil).map(Int.init) ?? JobspecLimits.defaultUrgency,
      flags: flags ?? [], within: within ?? nil, copies: copies, throttle: throttle,
      dependencyPlace: fields.dependencyPlace)
  }
}

extension Checker {
  fileprivate mutating func copies(_ value: JSONValue) -> Idset? {
    if value.isNull { return nil }
    guard let text = string(value) else { return nil }
    guard let set = try? Idset(parsing: text), (1...JobspecLimits.maximumCopies).contains(set.count) else {
      report("must be a set such as \"0-9,20\" of 1 to \(JobspecLimits.maximumCopies) numbers")
      return nil
    }
    return set
  }

  fileprivate mutating func throttle(_ value: JSONValue) -> Int? {
    value.isNull ? nil : integer(value, in: 1...Int64(JobspecLimits.maximumCopies)).map(Int.init)
  }

  fileprivate mutating func jobID(_ value: JSONValue) -> JobID? {
    guard let text = string(value) else { return nil }
    guard let id = JobID(parsing: text) else {
      report("must be a job's id")
      return nil
    }
    return id
  }

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

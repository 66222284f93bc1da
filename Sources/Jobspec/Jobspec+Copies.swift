import Vocabulary

extension Jobspec {
  /// Stands for the copy's number in commands and attributes.
  ///
  /// - Source: flux-core, `--cc`.
  public static let copyTag = "{cc}"

  /// The job number `number` of a submission with copies: every `{cc}` in a string is replaced.
  ///
  /// - Throws: what the numbers made too long.
  public func copy(_ number: Int) throws(InvalidDocument) -> Jobspec {
    guard var document = rendered().object else { return self }
    let text = String(number)
    for name in ["tasks", "attributes"] { document[name] = document[name]?.replacingCopyTag(by: text) }
    return try Jobspec.parse(.object(document))
  }

  /// Whether copies differ: identical ones can share one document.
  public var namesItsCopy: Bool {
    command.contains { $0.contains(Self.copyTag) } || JSONValue.object(attributes).mentionsCopyTag
  }
}

extension JSONValue {
  fileprivate var mentionsCopyTag: Bool {
    switch self {
    case .string(let text): text.contains(Jobspec.copyTag)
    case .array(let elements): elements.contains { $0.mentionsCopyTag }
    case .object(let object): object.members.contains { $0.value.mentionsCopyTag }
    default: false
    }
  }

  /// Names of members stay as they are.
  fileprivate func replacingCopyTag(by number: String) -> JSONValue {
    switch self {
    case .string(let text): .string(text.replacingCopyTag(by: number))
    case .array(let elements): .array(elements.map { $0.replacingCopyTag(by: number) })
    case .object(let object):
      .object(
        JSONObject(
          uniqueMembers: object.members.map {
            .init(name: $0.name, value: $0.value.replacingCopyTag(by: number))
          }))
    default: self
    }
  }
}

extension String {
  fileprivate func replacingCopyTag(by number: String) -> String {
    contains(Jobspec.copyTag) ? replacing(Jobspec.copyTag, with: number) : self
  }
}

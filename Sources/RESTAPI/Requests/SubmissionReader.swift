import BrokerCore
import Cryptography
import HTTPServing
import JSONText
import Jobs
import Jobspec
import Vocabulary
import Yams

/// Turns the texts that callers send into submissions.
enum SubmissionReader {
  /// A jobspec's text.
  static let maximumBytes = 256 * 1_024

  /// One submission in any of the forms that `POST /v1/jobs` takes.
  static func item(_ body: [UInt8], type: String, _ query: QueryReader) throws(Problem) -> SubmitCommand.Item {
    switch type {
    case MediaTypes.json: return try item(try json(body))
    case MediaTypes.yaml: return try item(try YAMLReader.json(body))
    default:
      let spec = type == MediaTypes.fluxJSON ? try json(body) : try YAMLReader.json(body)
      var submission: JSONObject = ["jobspec": spec]
      if let urgency = try query.integer("urgency", in: 0...31) { submission["urgency"] = .integer(Int64(urgency)) }
      if let within = try query.text("within") { submission["within"] = .string(within) }
      return try item(JSONValue.object(submission))
    }
  }

  static func item(_ json: JSONValue) throws(Problem) -> SubmitCommand.Item {
    let request = try request(json, allowsCopies: false)
    return item(request.jobspec, request)
  }

  /// The submission of one copy.
  static func item(
    _ jobspec: Jobspec, _ request: SubmissionRequest, places: [Dependency] = []
  ) -> SubmitCommand.Item {
    SubmitCommand.Item(
      spec: stored(jobspec), urgency: UInt8(request.urgency), flags: request.flags,
      lookup: DependencyLookup(place: request.dependencyPlace, seq: .max, ended: []), places: places,
      within: request.within)
  }

  /// One that nobody submits.
  static func item(_ jobspec: Jobspec) -> SubmitCommand.Item {
    SubmitCommand.Item(spec: stored(jobspec), urgency: UInt8(JobPriority.standard), flags: [])
  }

  static func item(
    copy number: Int, of request: SubmissionRequest, places: [Dependency]
  ) throws(Problem) -> SubmitCommand.Item {
    do throws(InvalidDocument) {
      return item(try request.jobspec.copy(number), request, places: places)
    } catch {
      throw Problem(error)
    }
  }

  static func request(_ json: JSONValue, allowsCopies: Bool) throws(Problem) -> SubmissionRequest {
    do throws(InvalidDocument) {
      return try SubmissionRequest.parse(json, allowsCopies: allowsCopies)
    } catch {
      throw Problem(error)
    }
  }

  static func json(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
    do throws(JSONSyntaxError) {
      return .object(try JSONText.parseObject(bytes))
    } catch {
      throw Problem(error)
    }
  }

  private static func stored(_ jobspec: Jobspec) -> StoredJobspec {
    var writer = PackedWriter()
    jobspec.pack(into: &writer)
    return StoredJobspec(digest: SHA256.digest(of: writer.bytes), jobspec: jobspec)
  }
}

/// The fingerprints of a request with an `Idempotency-Key`.
enum Idempotency {
  static let maximumKeyBytes = 255

  /// - Parameter part: which part of a request that is committed in parts.
  /// - Throws: 400 for a key that is not one.
  static func key(
    _ context: RequestContext, route: String, part: Int = 0, items: [SubmitCommand.Item]
  ) throws(Problem) -> IdempotencyKey? {
    try key(context, route: route, part: part) { body in
      for item in items { write(item, to: &body) }
    }
  }

  /// - Parameter writeBody: what has to be the same in a repetition.
  static func key(
    _ context: RequestContext, route: String, part: Int = 0, _ writeBody: (inout PackedWriter) -> Void
  ) throws(Problem) -> IdempotencyKey? {
    guard let key = context.head.header("idempotency-key") else { return nil }
    guard !key.isEmpty, key.utf8.count <= maximumKeyBytes, key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw Problem(400, "bad_idempotency_key", "Idempotency-Key is 1 to \(maximumKeyBytes) printable ASCII characters")
    }
    var scope = PackedWriter()
    scope.write(context.attribution.principal.name)
    scope.write(context.attribution.principal.userID)
    scope.write(route)
    scope.write(key)
    scope.write(part)
    var body = PackedWriter()
    writeBody(&body)
    return IdempotencyKey(scope: SHA256.digest(of: scope.bytes), body: SHA256.digest(of: body.bytes))
  }

  private static func write(_ item: SubmitCommand.Item, to body: inout PackedWriter) {
    body.write(item.spec.digest)
    body.write(item.urgency)
    body.write(item.flags.rawValue)
    if item.within != nil || item.copy != nil {
      body.writeOptional(item.within) { $0.write($1) }
      body.writeOptional(item.copy) { $0.write($1) }
    }
    // Copies that share places differ from those that do not; their group is new whenever there is no key.
    for case .place(_, let limit) in item.places { body.write(limit) }
  }
}

/// YAML as the JSON that it stands for.
enum YAMLReader {
  /// As for JSON bodies: an alias counts again wherever it is used, so that a small text cannot grow large.
  private static let maximumValues = 32_768
  private static let maximumDepth = 32

  static func json(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(400, "bad_yaml", "the text is not UTF-8")
    }
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw Problem(400, "bad_yaml", "\(error)".prefix(300).description)
    }
    guard let node else { throw Problem(400, "bad_yaml", "the document is empty") }
    var count = 0
    return try value(of: node, depth: 0, &count)
  }

  private static func value(of node: Node, depth: Int, _ count: inout Int) throws(Problem) -> JSONValue {
    count += 1
    guard count <= maximumValues, depth < maximumDepth else {
      throw Problem(400, "yaml_too_large", "at most \(maximumValues) values, nested at most \(maximumDepth) deep")
    }
    switch node {
    case .scalar(let scalar): return try self.scalar(scalar, node)
    case .sequence(let sequence):
      var elements: [JSONValue] = []
      for element in sequence { elements.append(try value(of: element, depth: depth + 1, &count)) }
      return .array(elements)
    case .mapping(let mapping):
      var members: [JSONObject.Member] = []
      for (key, element) in mapping {
        guard let name = key.scalar?.string else { throw Problem(400, "bad_yaml", "a key is not a text") }
        guard !members.contains(where: { $0.name == name }) else {
          throw Problem(400, "bad_yaml", "key \"\(name.prefix(64))\" comes twice")
        }
        members.append(JSONObject.Member(name: name, value: try value(of: element, depth: depth + 1, &count)))
      }
      return .object(JSONObject(uniqueMembers: members))
    default: throw Problem(400, "bad_yaml", "aliases are not taken")
    }
  }

  private static func scalar(_ scalar: Node.Scalar, _ node: Node) throws(Problem) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    if scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null" { return .null }
    if let truth = node.bool { return .bool(truth) }
    if let number = node.int { return .integer(Int64(number)) }
    if let number = node.float {
      guard number.isFinite else { throw Problem(400, "bad_yaml", "\(scalar.string) is not a finite number") }
      return .real(number)
    }
    return .string(scalar.string)
  }
}

import JSONText
import Vocabulary
import Yams

/// Reads YAML as the JSON that it stands for.
///
/// Jobspecs and recipes of people are YAML; everything behind this reader knows JSON values only.
struct YAMLDocument {
  private let limits: JSONLimits
  /// An alias counts again wherever it is used, so that a small text cannot grow large.
  private var count = 0

  init(limits: JSONLimits) { self.limits = limits }

  /// - Throws: the first thing that is wrong.
  mutating func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONSyntaxError(kind: .malformed, line: 1, column: 1, reason: "the text is not UTF-8")
    }
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch { throw Self.fault(error) }
    guard let node else {
      throw JSONSyntaxError(kind: .malformed, line: 1, column: 1, reason: "the document is empty")
    }
    return try value(of: node, depth: 0)
  }

  private mutating func value(of node: Node, depth: Int) throws(JSONSyntaxError) -> JSONValue {
    count += 1
    guard count <= limits.maximumValues, depth < limits.maximumDepth else {
      throw fault("at most \(limits.maximumValues) values, nested at most \(limits.maximumDepth) deep", node)
    }
    switch node {
    case .scalar(let scalar): return try self.scalar(scalar, node)
    case .sequence(let sequence):
      var elements: [JSONValue] = []
      for element in sequence { elements.append(try value(of: element, depth: depth + 1)) }
      return .array(elements)
    case .mapping(let mapping):
      var members: [JSONObject.Member] = []
      for (key, element) in mapping {
        guard let name = key.scalar?.string else { throw fault("a key is not a text", key) }
        guard !members.contains(where: { $0.name == name }) else { throw fault("a key comes twice", key) }
        members.append(JSONObject.Member(name: name, value: try value(of: element, depth: depth + 1)))
      }
      return .object(JSONObject(uniqueMembers: members))
    default: throw fault("aliases are not taken", node)
    }
  }

  private func scalar(_ scalar: Node.Scalar, _ node: Node) throws(JSONSyntaxError) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    if scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null" { return .null }
    if let truth = node.bool { return .bool(truth) }
    if let number = node.int { return .integer(Int64(number)) }
    guard let number = node.float else { return .string(scalar.string) }
    guard number.isFinite else { throw fault("\(scalar.string) is not a finite number", node) }
    return .real(number)
  }

  /// Where libyaml gave up.
  private static func fault(_ error: any Error) -> JSONSyntaxError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      JSONSyntaxError(kind: .malformed, line: mark.line, column: mark.column, reason: problem)
    default: JSONSyntaxError(kind: .malformed, line: 1, column: 1, reason: "\(error)")
    }
  }

  private func fault(_ reason: String, _ node: Node) -> JSONSyntaxError {
    JSONSyntaxError(
      kind: .malformed, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, reason: reason)
  }
}

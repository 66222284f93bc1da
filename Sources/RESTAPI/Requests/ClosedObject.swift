import Jobspec
import Vocabulary

/// A small JSON object with known fields and no others.
struct ClosedObject {
  private let object: JSONObject

  /// - Parameter isOptional: an empty body is an empty object.
  init(_ body: [UInt8], allowing names: [String], isOptional: Bool = false) throws(Problem) {
    if body.isEmpty, isOptional {
      object = JSONObject()
      return
    }
    guard let object = try SubmissionReader.json(body).object else {
      throw Problem(400, "bad_json", "the body is not an object")
    }
    self.object = object
    let unknown = object.members.filter { !names.contains($0.name) }
    guard unknown.isEmpty else {
      var problem = Problem(
        422, "invalid", "unknown field \"\(unknown[0].name.prefix(64))\"; known are \(names.joined(separator: ", "))")
      problem.faults = unknown.prefix(32).map { Fault(pointer: "/\($0.name.prefix(64))", message: "is not known here") }
      throw problem
    }
  }

  func text(_ name: String, upTo limit: Int) throws(Problem) -> String? {
    guard let value = object[name], value != .null else { return nil }
    guard let text = value.string, text.utf8.count <= limit,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw Problem(invalid: "/\(name)", "must be a text of at most \(limit) bytes without control characters") }
    return text
  }

  func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
    guard let value = object[name], value != .null else { return nil }
    guard let number = value.integer, range.contains(number) else {
      throw Problem(invalid: "/\(name)", "must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    guard let value = object[name], value != .null else { return false }
    guard let truth = value.bool else { throw Problem(invalid: "/\(name)", "must be true or false") }
    return truth
  }
}

extension Problem {
  /// 422 about one field.
  init(invalid pointer: String, _ message: String) {
    self.init(422, "invalid", "\(pointer): \(message)")
    faults = [Fault(pointer: pointer, message: message)]
  }
}

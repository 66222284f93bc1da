import JSONText
import Jobspec
import Vocabulary

/// A small JSON object with known fields and no others.
struct ClosedObject {
  private let object: JSONObject
  /// Where it stands in the body.
  private let place: String

  /// - Parameter isOptional: an empty body is an empty object.
  init(
    _ body: [UInt8], allowing names: [String], isOptional: Bool = false, limits: JSONLimits = .body
  ) throws(Problem) {
    if body.isEmpty, isOptional {
      self.init(JSONObject(), at: "")
      return
    }
    let object: JSONObject
    do throws(JSONSyntaxError) { object = try JSONText.parseObject(body, limits: limits) } catch {
      throw Problem(error)
    }
    try self.init(.object(object), at: "", allowing: names)
  }

  private init(_ object: JSONObject, at place: String) {
    self.object = object
    self.place = place
  }

  /// - Parameter place: JSON pointer of `value`.
  init(_ value: JSONValue, at place: String, allowing names: [String]) throws(Problem) {
    guard let object = value.object else { throw Problem(invalid: place, "must be an object") }
    let unknown = object.members.filter { !names.contains($0.name) }
    guard unknown.isEmpty else {
      var problem = Problem(
        422, "invalid", "unknown field \"\(unknown[0].name.prefix(64))\"; known are \(names.joined(separator: ", "))")
      problem.faults = unknown.prefix(32).map {
        Fault(pointer: "\(place)/\($0.name.prefix(64))", message: "is not known here")
      }
      throw problem
    }
    self.init(object, at: place)
  }

  /// A member as it is; `nil` also for `null`.
  func given(_ name: String) -> JSONValue? { object[name].flatMap { $0 == .null ? nil : $0 } }

  func value(_ name: String) -> JSONValue? { object[name] }

  func pointer(_ name: String) -> String { "\(place)/\(name)" }

  func object(_ name: String, allowing names: [String]) throws(Problem) -> ClosedObject? {
    guard let value = object[name], value != .null else { return nil }
    return try ClosedObject(value, at: pointer(name), allowing: names)
  }

  func list(_ name: String, upTo limit: Int) throws(Problem) -> [JSONValue]? {
    guard let value = object[name], value != .null else { return nil }
    guard let list = value.array, list.count <= limit else {
      throw Problem(invalid: pointer(name), "must be a list of at most \(limit)")
    }
    return list
  }

  func text(_ name: String, upTo limit: Int) throws(Problem) -> String? {
    guard let value = object[name], value != .null else { return nil }
    guard let text = value.string, text.utf8.count <= limit,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw Problem(invalid: pointer(name), "must be a text of at most \(limit) bytes without control characters")
    }
    return text
  }

  func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
    guard let value = object[name], value != .null else { return nil }
    guard let number = value.integer, range.contains(number) else {
      throw Problem(invalid: pointer(name), "must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    guard let value = object[name], value != .null else { return false }
    guard let truth = value.bool else { throw Problem(invalid: pointer(name), "must be true or false") }
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

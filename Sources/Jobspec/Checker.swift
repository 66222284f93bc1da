import Vocabulary

/// Walks a document: knows where it is and collects what is wrong.
///
/// Reading goes on after a fault, so that one answer names everything; pointers are built only for faults.
struct Checker {
  private enum Step {
    case name(String)
    case index(Int)
  }

  private(set) var faults: [Fault] = []
  private let base: String
  private var path: [Step] = []

  /// - Parameter base: the JSON Pointer of the document's root.
  init(base: String) { self.base = base }

  var isFull: Bool { faults.count >= JobspecLimits.maximumFaults }

  mutating func within<Result>(_ name: String, _ body: (inout Checker) -> Result) -> Result {
    path.append(.name(name))
    defer { path.removeLast() }
    return body(&self)
  }

  mutating func within<Result>(_ index: Int, _ body: (inout Checker) -> Result) -> Result {
    path.append(.index(index))
    defer { path.removeLast() }
    return body(&self)
  }

  /// Reports a fault here.
  mutating func report(_ message: @autoclosure () -> String) {
    guard !isFull else { return }
    faults.append(Fault(pointer: pointer, message: message()))
  }

  /// Reports a fault of the member `name` here.
  mutating func report(at name: String, _ message: @autoclosure () -> String) {
    guard !isFull else { return }
    faults.append(Fault(pointer: pointer + "/" + Self.escaped(name), message: message()))
  }

  /// The value, unless something was wrong.
  ///
  /// - Precondition: whoever returns no value has reported why.
  func finish<Value>(_ value: Value?) throws(InvalidDocument) -> Value {
    guard faults.isEmpty else { throw InvalidDocument(faults: faults) }
    guard let value else { preconditionFailure("a reader gave no value and no fault") }
    return value
  }

  private var pointer: String {
    path.reduce(into: base) { text, step in
      switch step {
      case .name(let name): text += "/" + Self.escaped(name)
      case .index(let index): text += "/\(index)"
      }
    }
  }

  /// RFC 6901: `~` is `~0` and `/` is `~1`.
  ///
  /// A name out of the document is cut, because a fault is no way to send 256 KiB back.
  private static func escaped(_ name: String) -> String {
    var result = ""
    for character in name.unicodeScalars.prefix(JobspecLimits.maximumNameBytes) {
      switch character {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

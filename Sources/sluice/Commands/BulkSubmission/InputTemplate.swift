import ArgumentParser

/// A text with places for inputs: `{}`, `{1}`, `{0.%}`, `{seq}`.
///
/// What stands in braces and is no such place stays as it is, so that `${HOME}` and awk's programs need no quoting of
/// their own; so does what stands in two braces, which is for the broker to fill in.
/// - Source: flux-bulksubmit(1); `{.}` is GNU parallel's.
struct InputTemplate: Equatable {
  enum Part: Equatable {
    case text(String)
    case input(Int, InputEdit)
    /// The number of the combination, counted from `origin`.
    case sequence(origin: Int)
  }

  let parts: [Part]

  /// - Parameters:
  ///   - inputCount: how many inputs each combination has.
  ///   - hasCopies: whether `{cc}` is for the broker, which makes the copies; else it is nothing.
  /// - Throws: a sentence for whoever wrote a place that nothing fills.
  init(_ text: String, inputCount: Int, hasCopies: Bool) throws(ValidationError) {
    var reader = Reader(text: text, inputCount: inputCount, hasCopies: hasCopies)
    parts = try reader.parts()
  }

  /// Whether the text is another one for other inputs.
  var isVariable: Bool {
    parts.contains { if case .text = $0 { false } else { true } }
  }

  func text(_ inputs: [String], number: Int) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let literal): text += literal
      case .input(let index, let edit): text += edit.applied(to: inputs[index])
      case .sequence(let origin): text += String(number + origin)
      }
    }
    return text
  }
}

extension InputTemplate {
  private struct Reader {
    let text: String
    let inputCount: Int
    let hasCopies: Bool
    private var literal = ""
    private var found: [Part] = []
    /// Places without an index count by themselves, in each text from 0.
    private var nextIndex = 0

    init(text: String, inputCount: Int, hasCopies: Bool) {
      self.text = text
      self.inputCount = inputCount
      self.hasCopies = hasCopies
    }

    mutating func parts() throws(ValidationError) -> [Part] {
      var rest = text[...]
      while let open = rest.firstIndex(of: "{") {
        literal += rest[..<open]
        rest = rest[open...]
        if rest.hasPrefix("{{") {
          let end = rest.firstRange(of: "}}")?.upperBound ?? rest.index(open, offsetBy: 2)
          literal += rest[..<end]
          rest = rest[end...]
        } else if let close = rest.firstIndex(of: "}"), try take(rest[rest.index(after: open)..<close]) {
          rest = rest[rest.index(after: close)...]
        } else {
          literal.append(rest.removeFirst())
        }
      }
      literal += rest
      flush()
      return found
    }

    /// Whether this, which stood between braces, is a place.
    private mutating func take(_ name: Substring) throws(ValidationError) -> Bool {
      switch name {
      case "seq": append(.sequence(origin: 0))
      case "seq1": append(.sequence(origin: 1))
      case "cc": if hasCopies { literal += "{cc}" }
      default:
        let digits = name.prefix { $0.isASCII && $0.isNumber }
        let tail = name.dropFirst(digits.count)
        guard tail.isEmpty || tail.first == "." else { return false }
        guard let edit = tail == "." ? .withoutExtension : InputEdit(rawValue: String(tail.dropFirst())) else {
          guard tail.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || "_/%.".contains($0) }) else { return false }
          throw ValidationError(
            "In '\(text)': '{\(name)}' is no place; of an input there are {}, {.%}, {./}, {./%} and {.//}.")
        }
        append(.input(try index(digits), edit))
      }
      return true
    }

    private mutating func index(_ digits: Substring) throws(ValidationError) -> Int {
      let index: Int
      if digits.isEmpty {
        index = inputCount == 1 ? 0 : nextIndex
        nextIndex += 1
      } else {
        index = Int(digits) ?? .max
      }
      guard index < inputCount else {
        let known = inputCount == 1 ? "There is one list of inputs, {0}" : "There are \(inputCount) lists, from {0} on"
        throw ValidationError("In '\(text)': nothing is at place \(index). \(known).")
      }
      return index
    }

    private mutating func append(_ part: Part) {
      flush()
      found.append(part)
    }

    private mutating func flush() {
      if !literal.isEmpty { found.append(.text(literal)) }
      literal = ""
    }
  }
}

/// An ordered list of host names, repetitions allowed, kept as runs of numbered names.
///
/// `n[0-99999]` is one run; names are made when they are asked for.
/// - Source: RFC 29.
public struct Hostlist: Sendable {
  /// Names `prefix`, number, `suffix` with successive numbers, or one name without a number.
  struct Run: Hashable, Sendable {
    var prefix: String
    /// `nil` for a name without a number, which is all in `prefix`.
    var numbers: ClosedRange<UInt64>?
    /// Digits to which numbers are filled up with zeros; zero for none.
    var width: Int
    var suffix: String

    var count: Int { numbers.map { Int($0.upperBound - $0.lowerBound) + 1 } ?? 1 }

    func name(at offset: Int) -> String {
      guard let numbers else { return prefix }
      var bytes = Array(prefix.utf8)
      bytes.appendDecimal(numbers.lowerBound + UInt64(offset), width: width)
      bytes.append(contentsOf: suffix.utf8)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  var runs: [Run] = []
  public private(set) var count = 0

  /// Most hosts of a list: ten times the largest graph that is planned for, and 16 MB when all names are made.
  public static let maximumCount = 1_000_000
  /// Longest name of one host.
  /// - Source: RFC 1035, section 2.3.4.
  public static let maximumNameLength = 255

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Adds a name at the end; a number at its end continues a run.
  ///
  /// - Throws: what parsing the name as an expression throws; `malformed` when it is more than a name.
  public mutating func append(_ name: some StringProtocol) throws(ParsingError) {
    guard !name.utf8.contains(UInt8(ascii: "[")), !name.utf8.contains(UInt8(ascii: ",")) else {
      throw .malformed
    }
    try appendExpression(Array(name.utf8)[...])
  }

  /// - Throws: as `append(_:)` for the first name that is refused.
  public init(_ names: some Sequence<String>) throws(ParsingError) {
    for name in names { try append(name) }
  }

  /// Adds a run after checking that the list stays within its limit.
  mutating func append(_ run: Run) throws(ParsingError) {
    guard run.count <= Self.maximumCount - count else { throw .tooManyHosts }
    count += run.count
    if let last = runs.last, let old = last.numbers, let new = run.numbers, last.prefix == run.prefix,
      last.suffix == run.suffix, old.upperBound + 1 == new.lowerBound,
      Self.sameWidth(last.width, run.width, number: new.lowerBound)
    {
      runs[runs.count - 1].numbers = old.lowerBound...new.upperBound
    } else {
      runs.append(run)
    }
  }

  /// Whether numbers from `number` on look the same filled up to either width.
  static func sameWidth(_ a: Int, _ b: Int, number: UInt64) -> Bool {
    a == b || String(number).utf8.count >= Swift.max(a, b)
  }

  public func contains(_ name: some StringProtocol) -> Bool {
    runs.contains { run in
      guard let numbers = run.numbers else { return name == run.prefix }
      guard name.hasPrefix(run.prefix), name.hasSuffix(run.suffix),
        name.utf8.count > run.prefix.utf8.count + run.suffix.utf8.count
      else { return false }
      let digits = name.utf8.dropFirst(run.prefix.utf8.count).dropLast(run.suffix.utf8.count)
      guard let number = decimalNumber(digits), numbers.contains(number) else { return false }
      return run.name(at: Int(number - numbers.lowerBound)) == name
    }
  }

  /// The same; a sequence's own `contains`, which makes every name, would win for a `String`.
  public func contains(_ name: String) -> Bool { contains(name[...]) }

  /// All names, in order.
  public var names: [String] { Array(self) }
}

extension Hostlist: Sequence {
  public struct Iterator: IteratorProtocol {
    private let runs: [Run]
    private var index = 0
    private var offset = 0

    init(_ runs: [Run]) { self.runs = runs }

    public mutating func next() -> String? {
      guard index < runs.count else { return nil }
      let name = runs[index].name(at: offset)
      offset += 1
      if offset == runs[index].count {
        index += 1
        offset = 0
      }
      return name
    }
  }

  public func makeIterator() -> Iterator { Iterator(runs) }
  public var underestimatedCount: Int { count }
}

/// Lists are equal when they name the same hosts in the same order, however they were written.
extension Hostlist: Hashable {
  public static func == (a: Self, b: Self) -> Bool {
    a.count == b.count && (a.runs == b.runs || a.elementsEqual(b))
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    hasher.combine(runs.first?.name(at: 0))
  }
}

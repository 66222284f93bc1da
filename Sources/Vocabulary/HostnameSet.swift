/// A host list prepared for many questions whether it names a host.
///
/// `Hostlist.contains` walks the runs; here numbered runs are found by what stands around their number. The cost of
/// a question depends on the digits of the name that is asked for, never on the number of hosts: the lists are a
/// stranger's, the names are ours.
public struct HostnameSet: Sendable {
  /// What stands around the number of a run.
  private struct Frame: Hashable {
    let prefix: String
    let suffix: String
  }

  /// The numbers within one frame that are filled up to one width.
  private struct Numbers {
    let width: Int
    /// Ascending and disjoint.
    var ranges: [ClosedRange<UInt64>]
  }

  /// The list as it was given.
  public let hosts: Hostlist
  /// Names without a number.
  private let plain: Set<String>
  private let framed: [Frame: [Numbers]]
  /// Whether anything stands behind a number; most lists need no search for where a number ends.
  private let hasSuffixes: Bool

  public init(_ hosts: Hostlist) {
    var plain: Set<String> = []
    var ranges: [Frame: [Int: [ClosedRange<UInt64>]]] = [:]
    for run in hosts.runs {
      guard let numbers = run.numbers else {
        plain.insert(run.prefix)
        continue
      }
      ranges[Frame(prefix: run.prefix, suffix: run.suffix), default: [:]][run.width, default: []].append(numbers)
    }
    self.hosts = hosts
    self.plain = plain
    framed = ranges.mapValues { widths in
      widths.map { Numbers(width: $0.key, ranges: Self.merged($0.value)) }
    }
    hasSuffixes = ranges.keys.contains { !$0.suffix.isEmpty }
  }

  public func contains(_ name: String) -> Bool {
    if plain.contains(name) { return true }
    guard !framed.isEmpty else { return false }
    let bytes = Array(name.utf8)
    var end = bytes.count
    while end > 0 {
      let start = bytes[..<end].lastIndex { !Self.isDigit($0) }.map { $0 + 1 } ?? 0
      if start < end, holdsNumber(in: start..<end, of: bytes) { return true }
      guard hasSuffixes else { return false }
      end = max(start - 1, 0)
    }
    return false
  }

  // MARK: Looking up

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  /// Whether part of these digits is a number of ours; a prefix may end with digits, and a suffix begin with some.
  private func holdsNumber(in digits: Range<Int>, of name: [UInt8]) -> Bool {
    for start in digits {
      let ends = hasSuffixes ? start + 1...digits.upperBound : digits.upperBound...digits.upperBound
      for end in ends where hasNumber(start..<end, of: name) { return true }
    }
    return false
  }

  private func hasNumber(_ digits: Range<Int>, of name: [UInt8]) -> Bool {
    guard let number = decimalNumber(name[digits]) else { return false }
    let frame = Frame(
      prefix: String(decoding: name[..<digits.lowerBound], as: UTF8.self),
      suffix: String(decoding: name[digits.upperBound...], as: UTF8.self))
    let isFilled = digits.count > 1 && name[digits.lowerBound] == 48
    return framed[frame]?.contains { numbers in
      // A zero in front tells the width; without one the number is at least as wide as it is filled.
      (isFilled ? digits.count == numbers.width : digits.count >= numbers.width)
        && Self.contains(number, in: numbers.ranges)
    } ?? false
  }

  private static func contains(_ number: UInt64, in ranges: [ClosedRange<UInt64>]) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(number)
  }

  private static func merged(_ ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
    ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
  }
}

/// Sets are equal when their lists are.
extension HostnameSet: Hashable {
  public static func == (a: Self, b: Self) -> Bool { a.hosts == b.hosts }

  public func hash(into hasher: inout Hasher) { hasher.combine(hosts) }
}

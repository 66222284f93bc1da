/// A set of non-negative ids, kept as ranges.
///
/// Ids are below 2^31. The cost of every operation grows with the number of ranges, never with the number of ids, so
/// `0-2147483647` is as cheap as `0`.
/// - Source: RFC 22.
public struct Idset: Hashable, Sendable {
  /// Both ends inclusive.
  struct Run: Hashable, Sendable {
    var first: UInt32
    var last: UInt32
  }

  /// Ascending, and with at least one id missing between each two.
  var runs: [Run]

  /// The greatest id: that of Flux, whose ids are C `int`s in most interfaces.
  public static let maximumID = Int(Int32.max)

  public init() { runs = [] }

  init(runs: [Run]) { self.runs = runs }

  /// - Precondition: ids are within `0...maximumID`.
  public init(_ range: Range<Int>) {
    runs =
      range.isEmpty
      ? [] : [Run(first: Self.narrow(range.lowerBound), last: Self.narrow(range.upperBound - 1))]
  }

  /// - Precondition: ids are within `0...maximumID`.
  public init(_ range: ClosedRange<Int>) {
    runs = [Run(first: Self.narrow(range.lowerBound), last: Self.narrow(range.upperBound))]
  }

  /// Ids in any order, repeated or not.
  ///
  /// - Precondition: ids are within `0...maximumID`.
  public init(_ ids: some Sequence<Int>) {
    runs = []
    for id in ids.sorted() { append(Run(first: Self.narrow(id), last: Self.narrow(id))) }
  }

  static func narrow(_ id: Int) -> UInt32 {
    precondition(id >= 0 && id <= maximumID, "an id is not negative and below 2^31")
    return UInt32(id)
  }

  /// Adds a run that starts no earlier than all others.
  mutating func append(_ run: Run) {
    guard let end = runs.last, run.first <= end.last + 1 else {
      runs.append(run)
      return
    }
    runs[runs.count - 1].last = Swift.max(end.last, run.last)
  }

  public var isEmpty: Bool { runs.isEmpty }
  public var count: Int { runs.reduce(0) { $0 + Int($1.last - $1.first) + 1 } }
  public var first: Int? { runs.first.map { Int($0.first) } }
  public var last: Int? { runs.last.map { Int($0.last) } }

  /// The maximal ranges of successive ids, ascending.
  public var ranges: [ClosedRange<Int>] { runs.map { Int($0.first)...Int($0.last) } }

  public func contains(_ id: Int) -> Bool {
    guard id >= 0, id <= Self.maximumID else { return false }
    let index = runIndex(of: UInt32(id))
    return index < runs.count && runs[index].first <= UInt32(id)
  }

  /// Index of the first run that ends at `id` or later.
  private func runIndex(of id: UInt32) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].last < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// - Precondition: `id` is within `0...maximumID`.
  /// - Returns: whether the id is new.
  @discardableResult
  public mutating func insert(_ id: Int) -> Bool {
    let id = Self.narrow(id)
    let index = runIndex(of: id)
    if index < runs.count, runs[index].first <= id { return false }
    let touchesLeft = index > 0 && runs[index - 1].last + 1 == id
    let touchesRight = index < runs.count && runs[index].first == id + 1
    switch (touchesLeft, touchesRight) {
    case (true, true): runs[index - 1].last = runs.remove(at: index).last
    case (true, false): runs[index - 1].last = id
    case (false, true): runs[index].first = id
    case (false, false): runs.insert(Run(first: id, last: id), at: index)
    }
    return true
  }

  /// - Returns: whether the id was there.
  @discardableResult
  public mutating func remove(_ id: Int) -> Bool {
    guard contains(id) else { return false }
    let id = UInt32(id)
    let index = runIndex(of: id)
    let run = runs[index]
    switch (run.first == id, run.last == id) {
    case (true, true): runs.remove(at: index)
    case (true, false): runs[index].first += 1
    case (false, true): runs[index].last -= 1
    case (false, false):
      runs[index].last = id - 1
      runs.insert(Run(first: id + 1, last: run.last), at: index + 1)
    }
    return true
  }
}

extension Idset: Sequence {
  public struct Iterator: IteratorProtocol {
    private let runs: [Run]
    private var index = 0
    private var offset: UInt32 = 0

    init(_ runs: [Run]) { self.runs = runs }

    public mutating func next() -> Int? {
      guard index < runs.count else { return nil }
      let run = runs[index]
      let id = run.first + offset
      if id == run.last {
        index += 1
        offset = 0
      } else {
        offset += 1
      }
      return Int(id)
    }
  }

  public func makeIterator() -> Iterator { Iterator(runs) }
}

extension Idset: ExpressibleByArrayLiteral {
  public init(arrayLiteral ids: Int...) { self.init(ids) }
}

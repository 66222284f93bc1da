/// Amounts of one vertex as they change over time: a step function with several columns.
///
/// Of a pool there is one column, what is free of it. Of a vertex with children there is one for each type of the
/// timetable, what is free beneath it, and two more: grants at and beneath it, and whether it is held whole. Amounts
/// are thousandths. All is in one array, because searches go through the profiles of all hosts.
struct Profile: Sendable {
  /// The vertex's own.
  let type: UInt16
  let isPool: Bool
  /// Down, drained or excluded: nothing of it is free at any time.
  let isClosed: Bool
  /// Thousandths of the vertex itself.
  let size: Int64
  private let stride: Int
  private(set) var stepCount = 1
  /// Step by step: when it begins, and its columns. Each step lasts until the next begins, the last for ever.
  private var rows: [Int64]

  /// Of a pool: what is free.
  static let freeColumn = 0

  /// Of a vertex that is held as it is now for ever.
  ///
  /// - Parameter types: those that have a column, in order.
  init(_ vertex: Vertex, _ interior: Interior?, types: [UInt16], from begin: Int64) {
    type = vertex.type
    size = vertex.size
    isClosed = !vertex.flags.isDisjoint(with: .closed)
    isPool = interior == nil
    rows = [begin]
    if let interior {
      for type in types { rows.append(interior.index(of: type).map { interior.free[$0] } ?? 0) }
      rows.append(Int64(vertex.holds))
      rows.append(vertex.flags.contains(.heldWhole) ? 1 : 0)
    } else {
      rows.append(vertex.size - vertex.taken)
    }
    stride = rows.count
  }

  var columnCount: Int { stride - 1 }
  var holdsColumn: Int { stride - 3 }
  var wholeColumn: Int { stride - 2 }

  func time(of step: Int) -> Int64 { rows[step * stride] }
  func end(of step: Int) -> Int64 { step + 1 < stepCount ? time(of: step + 1) : .max }
  func value(_ step: Int, _ column: Int) -> Int64 { rows[step * stride + 1 + column] }

  /// The step that a moment lies in.
  ///
  /// - Precondition: no earlier than the first step.
  func step(at time: Int64) -> Int {
    var low = 0
    var high = stepCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if rows[middle * stride] <= time { low = middle } else { high = middle }
    }
    return low
  }

  /// The steps that a span has a part of; its end is exclusive.
  func steps(within from: Int64, _ until: Int64) -> ClosedRange<Int> { step(at: from)...step(at: until - 1) }

  /// The least value of a column in a span.
  func least(_ column: Int, from: Int64, until: Int64) -> Int64 {
    var least = Int64.max
    for step in steps(within: from, until) { least = min(least, value(step, column)) }
    return least
  }

  /// Whether a column is zero throughout a span.
  func isZero(_ column: Int, from: Int64, until: Int64) -> Bool {
    for step in steps(within: from, until) where value(step, column) != 0 { return false }
    return true
  }

  mutating func add(_ amount: Int64, to column: Int, in steps: Range<Int>) {
    for step in steps { rows[step * stride + 1 + column] += amount }
  }

  /// The steps of a span, which are made where none begins or ends.
  mutating func makeSteps(from: Int64, until: Int64) -> Range<Int> {
    let first = split(at: from)
    return first..<(until == .max ? stepCount : split(at: until))
  }

  /// The step that begins at a moment.
  private mutating func split(at time: Int64) -> Int {
    let step = step(at: time)
    let row = step * stride
    if rows[row] == time { return step }
    rows.insert(contentsOf: rows[row..<row + stride], at: row + stride)
    rows[row + stride] = time
    stepCount += 1
    return step + 1
  }
}

/// Amounts of one vertex as they change over time: a step function with several columns.
///
/// Columns are thousandths free beneath the vertex, type by type, or, of a pool, what is free of the pool itself; a
/// vertex with children has two more: grants at and beneath it, and whether it is held whole.
struct Profile: Sendable {
  /// The vertex's own.
  let type: UInt16
  /// Thousandths of the vertex itself.
  let size: Int64
  /// Down, drained or excluded: nothing of it is free at any time.
  let isClosed: Bool
  let isPool: Bool
  /// Types of the first columns; empty for a pool.
  let types: [UInt16]
  let columns: Int
  /// When each step begins, ascending; each lasts until the next begins, the last for ever.
  private(set) var times: [Int64]
  /// Step by step, `columns` each.
  private var values: [Int64]

  /// Of a pool: what is free.
  static let freeColumn = 0

  /// Of a vertex that is held as it is now for ever.
  init(_ vertex: Vertex, _ interior: Interior?, from begin: Int64) {
    type = vertex.type
    size = vertex.size
    isClosed = !vertex.flags.isDisjoint(with: .closed)
    isPool = interior == nil
    types = interior?.types ?? []
    times = [begin]
    if let interior {
      values = interior.free + [Int64(vertex.holds), vertex.flags.contains(.heldWhole) ? 1 : 0]
    } else {
      values = [vertex.size - vertex.taken]
    }
    columns = values.count
  }

  var holdsColumn: Int { types.count }
  var wholeColumn: Int { types.count + 1 }

  func column(of type: UInt16) -> Int? { Interior.index(of: type, in: types) }

  func value(_ step: Int, _ column: Int) -> Int64 { values[step * columns + column] }

  /// The step that a moment lies in.
  ///
  /// - Precondition: no earlier than the first step.
  func step(at time: Int64) -> Int {
    var low = 0
    var high = times.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle } else { high = middle }
    }
    return low
  }

  /// The least value of a column in a span; its end is exclusive.
  func least(_ column: Int, from: Int64, until: Int64) -> Int64 {
    var step = step(at: from)
    var least = value(step, column)
    step += 1
    while step < times.count, times[step] < until {
      least = min(least, value(step, column))
      step += 1
    }
    return least
  }

  /// Whether a column is zero throughout a span.
  func isZero(_ column: Int, from: Int64, until: Int64) -> Bool {
    var step = step(at: from)
    repeat {
      if value(step, column) != 0 { return false }
      step += 1
    } while step < times.count && times[step] < until
    return true
  }

  mutating func add(_ amount: Int64, to column: Int, in steps: Range<Int>) {
    for step in steps { values[step * columns + column] += amount }
  }

  /// The steps of a span, which are made where none begins.
  mutating func steps(from: Int64, until: Int64) -> Range<Int> {
    let first = split(at: from)
    return first..<(until == .max ? times.count : split(at: until))
  }

  /// The step that begins at a moment.
  private mutating func split(at time: Int64) -> Int {
    let step = step(at: time)
    if times[step] == time { return step }
    let copy = Array(values[step * columns..<(step + 1) * columns])
    times.insert(time, at: step + 1)
    values.insert(contentsOf: copy, at: (step + 1) * columns)
    return step + 1
  }
}

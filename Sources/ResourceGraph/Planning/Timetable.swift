public import Vocabulary

/// What of a graph will be free when: the graph as it is now, when what is held is expected to end, and what is
/// reserved.
///
/// Kept as a planner is in Fluxion, vertex by vertex, with sums of what lies beneath; a vertex that nothing was said
/// of has no entry. Sums over many vertices say what is free at each single moment; what is free through a whole span
/// may be less, so that for spans they are upper bounds. Nothing here frees anything: it only says what to expect.
public struct Timetable: Sendable {
  let graph: ResourceGraph
  /// Microseconds, as all times in here.
  let begin: Int64
  var profiles: [Profile] = []
  /// The profile of each vertex; -1: none. Plain, because searches ask it for every vertex that they look at.
  var places: [Int32]
  /// Hosts that are part of the graph, by ascending rank.
  let hosts: [(rank: Int, number: UInt32)]
  /// When something ends, ascending and each once: only then can anything start that could not before.
  var ends: [Int64] = []

  /// A hold that ends; what holds without an end need not be told.
  public struct Hold: Sendable {
    public let grants: [Grant]
    public let end: Timestamp

    public init(grants: [Grant], end: Timestamp) {
      self.grants = grants
      self.end = end
    }
  }

  /// - Parameters:
  ///   - graph: as it is now.
  ///   - holds: of what the graph says is held; they end later than `now`, and hold different things.
  public init(_ graph: ResourceGraph, now: Timestamp, holds: [Hold] = []) {
    self.graph = graph
    begin = now.microseconds
    places = Array(repeating: -1, count: Int(graph.nextVertex.rawValue))
    var hosts: [(rank: Int, number: UInt32)] = []
    graph.forEachHost { rank, vertex in
      hosts.append((rank, vertex.rawValue))
      return true
    }
    self.hosts = hosts
    // In the order of their ends, each step is appended.
    for hold in holds.sorted(by: { $0.end < $1.end }) {
      precondition(hold.end > now, "what is held ends later than now")
      change(hold.grants, by: 1, from: hold.end.microseconds, until: .max)
      note(end: hold.end.microseconds)
    }
  }

  /// Takes what is free through a span.
  ///
  /// - Parameter until: exclusive; `nil`: for ever.
  /// - Precondition: it is free then, as `match` or `earliestStart` found.
  public mutating func reserve(_ grants: [Grant], from: Timestamp, until: Timestamp?) {
    change(grants, by: -1, from: from.microseconds, until: until?.microseconds ?? .max)
    if let until { note(end: until.microseconds) }
  }

  /// What is held is expected to end earlier than was said.
  ///
  /// - Parameter end: as it was said; `nil`: never.
  public mutating func shorten(_ grants: [Grant], endingAt end: Timestamp?, to earlier: Timestamp) {
    let old = end?.microseconds ?? .max
    guard earlier.microseconds < old else { return }
    change(grants, by: 1, from: earlier.microseconds, until: old)
    note(end: earlier.microseconds)
  }

  private mutating func note(end: Int64) {
    let place = ends.firstIndex(atLeast: end)
    if place == ends.count || ends[place] != end { ends.insert(end, at: place) }
  }
}

extension [Int64] {
  /// Of an ascending array: the first place whose element is at least `bound`.
  func firstIndex(atLeast bound: Int64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

public import ResourceGraph
import Synchronization
public import Vocabulary

/// The versions of the graph that were lately committed, so that readers can look at what it was.
///
/// Versions share what did not change, so that each costs what its mutation touched.
public final class GraphHistory: Sendable {
  /// Versions kept at most, and for how long: what `GET /v1/graph?at=` reaches.
  public static let maximumVersions = 1_024
  public static let maximumAge = TimeSpan.seconds(3_600)

  /// A version and the record with which it began.
  public struct Entry: Sendable {
    public let seq: UInt64
    public let at: Timestamp
    public let graph: ResourceGraph
  }

  private let entries = Mutex<[Entry]>([])

  init() {}

  /// Takes in the graph after a commit, when it is another one: of several in one batch, the last.
  ///
  /// - Parameter begin: says which record made it.
  func note(_ graph: ResourceGraph?, from begin: @autoclosure () -> UInt64, at now: Timestamp) {
    guard let graph else { return }
    entries.withLock { entries in
      if let last = entries.last, last.graph.version == graph.version { return }
      let oldest = now.advanced(by: TimeSpan(microseconds: -Self.maximumAge.microseconds))
      // The version that was current at the oldest moment reaches back to before it.
      while entries.count > 1, entries[1].at < oldest || entries.count >= Self.maximumVersions { entries.removeFirst() }
      entries.append(Entry(seq: begin(), at: now, graph: graph))
    }
  }

  /// The graph as it was at a place in the log; `nil`: that is not kept any longer.
  public func graph(at seq: UInt64) -> ResourceGraph? {
    entries.withLock { entries in entries.last { $0.seq <= seq }?.graph }
  }

  /// The first record that can be asked for.
  public var oldestSeq: UInt64 { entries.withLock { $0.first?.seq ?? 0 } }
}

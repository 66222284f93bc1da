import Jobs
import Persistent
import Vocabulary

/// The kept answers that are results of waitable jobs, by user and age.
///
/// Only the latest of each user stay: whoever collects a million results asks again for the last ones, not for all.
struct KeptResults: Sendable {
  private var entries = SortedSet<Entry>()
  private var counts = SortedMap<UInt32, Int>()

  private struct Entry: Hashable, Comparable, Sendable {
    let userID: UInt32
    let at: Timestamp
    let scope: Digest

    static func < (a: Self, b: Self) -> Bool {
      if a.userID != b.userID { return a.userID < b.userID }
      return a.at != b.at ? a.at < b.at : a.scope < b.scope
    }

    /// - Parameter at: another moment than the answer's.
    init(_ answer: KeptAnswer, at: Timestamp? = nil) {
      userID = answer.owner.userID
      self.at = at ?? answer.at
      scope = answer.key.scope
    }
  }

  /// - Returns: the key of the user's oldest result, where it has to go.
  mutating func add(_ answer: KeptAnswer) -> Digest? {
    entries.insert(Entry(answer))
    guard counts.adjust(answer.owner.userID, by: 1) > BrokerLimits.keptResultsPerUser else { return nil }
    return entries.first(atOrAfter: Entry(answer, at: Timestamp(microseconds: .min)))?.scope
  }

  mutating func remove(_ answer: KeptAnswer) {
    entries.remove(Entry(answer))
    counts.adjust(answer.owner.userID, by: -1)
  }

  /// For checkers: whether these are the results among the answers.
  func isOf(_ answers: some Sequence<KeptAnswer>) -> Bool {
    var fresh = Self()
    for answer in answers where answer.holdsResult { _ = fresh.add(answer) }
    return Array(fresh.entries) == Array(entries) && fresh.counts.elementsEqual(counts) { $0 == $1 }
  }
}

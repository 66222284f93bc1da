import BrokerCore
import GRDB
import Jobs
import Vocabulary

/// A filter over ended jobs, as SQL: one index is followed from the newest id down, and what else the filter
/// asks is compared row by row, for so many rows at most.
struct ArchiveQuery {
  /// Of the index that is followed, with its arguments.
  private var path = "jobs"
  private var along: [String] = []
  private var alongArguments: [Int64] = []
  /// Of the other columns.
  private var also: [String] = []
  private var alsoArguments: [Int64] = []

  /// The most selective first: each is an index.
  private enum Column: String, CaseIterable {
    case name, queue
    case user = "user_id"
    case tenant, result
  }

  /// - Parameter userIDs: of the users whose name the filter gives, where it does.
  init(_ filter: JobFilter, owner: UInt32?, userIDs: [Int64]?, before: JobID?) {
    var wanted: [Column: [Int64]] = [:]
    if let name = filter.name { wanted[.name] = [FilterHash.of(name)] }
    if let queue = filter.queue { wanted[.queue] = [FilterHash.of(queue)] }
    if let tenant = filter.tenant { wanted[.tenant] = [FilterHash.of(tenant)] }
    if let results = filter.results, results.count < JobResult.allCases.count {
      wanted[.result] = results.map { Int64($0.rawValue) }.sorted()
    }
    if let owner {
      wanted[.user] = userIDs.map { $0.contains(Int64(owner)) ? [Int64(owner)] : [] } ?? [Int64(owner)]
    } else if let userIDs {
      wanted[.user] = userIDs
    }
    let followed = Column.allCases.first { column in
      wanted[column].map { Self.isIndexed(column, $0) } ?? false
    }
    for column in Column.allCases {
      guard let values = wanted[column] else { continue }
      if column == followed { follow(column, values[0]) } else { require(column, values) }
    }
    if followed == nil { path = "jobs NOT INDEXED" }
    bound(before: before, since: filter.since)
  }

  /// Several values would come in no common order; empty texts are in no index, most jobs having them.
  private static func isIndexed(_ column: Column, _ values: [Int64]) -> Bool {
    guard values.count == 1 else { return false }
    return column == .queue || column == .tenant ? values[0] != 0 : true
  }

  private mutating func follow(_ column: Column, _ value: Int64) {
    path = "jobs INDEXED BY jobs_by_\(column == .user ? "user" : column.rawValue)"
    along.append("\(column.rawValue) = ?")
    if column == .queue || column == .tenant { along.append("\(column.rawValue) <> 0") }
    alongArguments.append(value)
  }

  private mutating func require(_ column: Column, _ values: [Int64]) {
    also.append("jobs.\(column.rawValue) IN (\(values.map { _ in "?" }.joined(separator: ", ")))")
    alsoArguments += values
  }

  /// An id is minted at or after the moment of submission, so its time bounds the search.
  private mutating func bound(before: JobID?, since: Timestamp?) {
    if let before {
      along.append("id < ?")
      alongArguments.append(Int64(clamping: before.rawValue))
    }
    guard let since else { return }
    also.append("jobs.submitted_at >= ?")
    alsoArguments.append(since.microseconds)
    let milliseconds = since.microseconds / 1_000 - BrokerState.fluidEpochMilliseconds
    if milliseconds > 0 {
      let first = JobID(
        milliseconds: min(UInt64(milliseconds), JobID.millisecondCount - 1), generator: 0, sequence: 0)
      along.append("id >= ?")
      alongArguments.append(Int64(clamping: first.rawValue))
    }
  }

  private var candidates: String {
    let condition = along.isEmpty ? "" : " WHERE " + along.joined(separator: " AND ")
    return "SELECT id FROM \(path)\(condition) ORDER BY id DESC"
  }

  /// Rows of `ArchiveCache.columns`, newest first.
  ///
  /// The candidates come newest first and the rows follow them one by one, so they need no sorting by SQLite,
  /// which would look at every candidate first; a page's rows are sorted here all the same.
  func rows(limit: Int, candidates count: Int, _ db: Database) throws -> [Row] {
    let examined = also.isEmpty ? min(limit, count) : count
    let condition = also.isEmpty ? "" : " WHERE " + also.joined(separator: " AND ")
    let sql = """
      SELECT \(ArchiveCache.columns) FROM (\(candidates) LIMIT ?) AS candidate
      CROSS JOIN jobs ON jobs.id = candidate.id\(condition) LIMIT ?
      """
    let rows = try Row.fetchAll(
      try db.cachedStatement(sql: sql),
      arguments: StatementArguments(alongArguments + [Int64(examined)] + alsoArguments + [Int64(limit)]))
    return rows.sorted { ($0[0] as Int64) > ($1[0] as Int64) }
  }

  /// The last id that `count` candidates reach; `nil` when there are fewer.
  func lastCandidate(_ count: Int, _ db: Database) throws -> JobID? {
    let row = try Int64.fetchOne(
      try db.cachedStatement(sql: candidates + " LIMIT 1 OFFSET ?"),
      arguments: StatementArguments(alongArguments + [Int64(count - 1)]))
    return row.map { JobID(UInt64(bitPattern: $0)) }
  }
}

import BrokerCore
import GRDB
import Jobs
import Vocabulary

/// The log as JSON lines, for whoever audits it with tools of their own.
public enum LogExport {
  /// Hands each record from `seq` on to `write`, as one line with its line feed.
  ///
  /// - Throws: `damaged` at the first batch that is not as written.
  public static func run(
    _ path: String, from seq: UInt64 = 1, to write: ([UInt8]) -> Void
  ) throws(JournalError) {
    let paths = JournalPaths(path)
    guard Files.exists(paths.database) else { throw .directory(path, reason: "holds no journal") }
    try JournalError.naming {
      let queue = try DatabaseQueue(
        path: paths.database, configuration: Connections.configuration("sluice.export"))
      defer { try? queue.close() }
      try queue.read { db in
        let rows = try Row.fetchCursor(
          db, sql: "SELECT \(LogBatch.columns) FROM log WHERE last_seq >= ? ORDER BY first_seq",
          arguments: [Int64(bitPattern: seq)])
        while let row = try rows.next() {
          let batch = try LogBatch(row)
          for record in try batch.records() where record.seq + record.body.width > seq {
            write(line(record, epoch: batch.epoch))
          }
        }
      }
    }
  }

  private static func line(_ record: BrokerCore.Record, epoch: UInt32) -> [UInt8] {
    var json = JSONWriter(reservingCapacity: 512)
    json.object { json in
      json.field("epoch", UInt64(epoch))
      json.field("seq", record.seq)
      json.field("at", record.at)
      json.field("kind", record.body.name)
      json.object("owner") { $0.fields(of: record.owner) }
      json.object("actor") { json in
        json.field("user", record.attribution.principal.name)
        json.field("token", record.attribution.tokenID)
        json.field("role", record.attribution.role.name)
        json.array("via") { json in for broker in record.attribution.via { json.value(broker) } }
      }
      json.field("request_id", record.attribution.requestID)
      json.field("cause_seq", record.causeSeq)
      if let job = record.body.job { json.field("job", job) }
      json.object("event") { $0.fields(of: record.body) }
    }
    return json.take() + [UInt8(ascii: "\n")]
  }
}

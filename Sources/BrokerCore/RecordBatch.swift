import Jobs
public import Vocabulary

/// The records of one commit, as one row of the log.
///
///     version | epoch | first seq | first time | principals | attributions | records
///
/// Whoever and whatever many records share is written once a batch; times, ids and causes are differences.
public enum RecordBatch {
  /// Of the batch's own layout; a record's kind number is the version of its body.
  static let version: UInt8 = 1

  /// - Precondition: `records` is not empty and its numbers follow each other.
  public static func pack(_ records: [Record], epoch: UInt32, into writer: inout PackedWriter) {
    guard let first = records.first else { preconditionFailure("an empty batch is never committed") }
    var tables = BatchTables()
    for record in records { tables.note(record) }
    writer.write(version)
    writer.write(epoch)
    writer.write(first.seq)
    writer.write(first.at)
    tables.pack(into: &writer)
    writer.write(UInt64(records.count))
    var previous = BatchDifferences(at: first.at)
    for record in records { packRecord(record, tables, &previous, into: &writer) }
  }

  private static func packRecord(
    _ record: Record, _ tables: BatchTables, _ previous: inout BatchDifferences, into writer: inout PackedWriter
  ) {
    writer.write(record.body.kind)
    writer.write(record.at.microseconds - previous.at.microseconds)
    writer.write(UInt64(tables.index(of: record.attribution)))
    writer.write(UInt64(tables.index(of: record.owner)))
    writer.write(record.causeSeq == 0 ? 0 : record.seq - record.causeSeq)
    record.body.pack(into: &writer, &previous)
    previous.at = record.at
  }

  public struct Unpacked: Sendable {
    public let epoch: UInt32
    public let records: [Record]
  }

  /// - Throws: also for a kind of record that this version does not know, with its place.
  public static func unpack(_ bytes: [UInt8]) throws(PackedError) -> Unpacked {
    var reader = PackedReader(bytes)
    guard try reader.readByte() == version else { throw .invalid("batch version", offset: 0) }
    let epoch = try reader.readUInt32()
    var seq = try reader.readUInt64()
    var previous = BatchDifferences(at: try reader.readTimestamp())
    let tables = try BatchTables(unpacking: &reader)
    let count = try reader.readUInt64()
    var records: [Record] = []
    records.reserveCapacity(Int(min(count, 8_192)))
    for _ in 0..<count {
      let record = try unpackRecord(seq, tables, &previous, from: &reader)
      records.append(record)
      guard seq <= UInt64.max - record.body.width else { throw .invalid("sequence number", offset: reader.offset) }
      seq += record.body.width
    }
    guard reader.isAtEnd else { throw .invalid("bytes after the last record", offset: reader.offset) }
    return Unpacked(epoch: epoch, records: records)
  }

  private static func unpackRecord(
    _ seq: UInt64, _ tables: BatchTables, _ previous: inout BatchDifferences, from reader: inout PackedReader
  ) throws(PackedError) -> Record {
    let kind = try reader.readByte()
    let at = Timestamp(microseconds: previous.at.microseconds &+ (try reader.readInt64()))
    let attribution = try tables.attribution(at: try reader.readUInt64(), reader.offset)
    let owner = try tables.principal(at: try reader.readUInt64(), reader.offset)
    let distance = try reader.readUInt64()
    guard distance <= seq else { throw .invalid("cause of record \(seq)", offset: reader.offset) }
    let body = try RecordBody(kind: kind, seq: seq, owner: owner, unpacking: &reader, &previous)
    previous.at = at
    return Record(
      seq: seq, at: at, attribution: attribution, owner: owner, causeSeq: distance == 0 ? 0 : seq - distance,
      body: body)
  }
}

/// What the next record is written relative to.
struct BatchDifferences {
  var at: Timestamp
  var job: UInt64 = 0

  init(at: Timestamp) { self.at = at }
}

/// The principals and attributions of a batch, each once.
struct BatchTables {
  private var principals: [Principal] = []
  private var attributions: [Attribution] = []
  /// Positions by identity: most records of a batch share their objects. Only looked up, never iterated.
  private var positions: [ObjectIdentifier: Int] = [:]

  init() {}

  mutating func note(_ record: Record) {
    note(record.owner)
    guard positions[ObjectIdentifier(record.attribution)] == nil else { return }
    positions[ObjectIdentifier(record.attribution)] = attributions.count
    attributions.append(record.attribution)
    note(record.attribution.principal)
  }

  private mutating func note(_ principal: Principal) {
    guard positions[ObjectIdentifier(principal)] == nil else { return }
    positions[ObjectIdentifier(principal)] = principals.count
    principals.append(principal)
  }

  func index(of principal: Principal) -> Int { positions[ObjectIdentifier(principal)] ?? 0 }
  func index(of attribution: Attribution) -> Int { positions[ObjectIdentifier(attribution)] ?? 0 }

  func pack(into writer: inout PackedWriter) {
    writer.writeList(principals) { $1.pack(into: &$0) }
    writer.writeList(attributions) { writer, attribution in
      writer.write(UInt64(index(of: attribution.principal)))
      writer.write(attribution.role.rawValue)
      writer.write(attribution.tokenID)
      writer.writeList(attribution.via) { $0.write($1) }
      writer.write(attribution.requestID)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    principals = try reader.readList { (reader) throws(PackedError) in try Principal(unpacking: &reader) }
    let known = principals
    attributions = try reader.readList { (reader) throws(PackedError) in
      let index = try reader.readUInt64()
      guard index < UInt64(known.count), let role = Role(rawValue: try reader.readByte()) else {
        throw .invalid("attribution", offset: reader.offset)
      }
      return Attribution(
        principal: known[Int(index)], role: role, tokenID: try reader.readString(),
        via: try reader.readList { (reader) throws(PackedError) in try reader.readString() },
        requestID: try reader.readString())
    }
  }

  func principal(at index: UInt64, _ offset: Int) throws(PackedError) -> Principal {
    guard index < UInt64(principals.count) else { throw .invalid("principal \(index)", offset: offset) }
    return principals[Int(index)]
  }

  func attribution(at index: UInt64, _ offset: Int) throws(PackedError) -> Attribution {
    guard index < UInt64(attributions.count) else { throw .invalid("attribution \(index)", offset: offset) }
    return attributions[Int(index)]
  }
}

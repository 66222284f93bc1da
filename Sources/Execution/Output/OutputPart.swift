/// Who wrote the next bytes of a stream that several tasks share: a record of the file of parts.
///
/// Eight bytes, little endian: the rank, then the count with the stream in its highest bit. Parts of both streams
/// are in the order in which the shepherd took them in. The last one may grow.
struct OutputPart: Equatable {
  static let byteCount = 8
  private static let errorBit: UInt32 = 1 << 31
  /// Of one part: what its count has bits for.
  static let longest = Int(errorBit) - 1

  let rank: Int
  let stream: OutputStore.Stream
  let count: Int

  init(rank: Int, stream: OutputStore.Stream, count: Int) {
    self.rank = rank
    self.stream = stream
    self.count = count
  }

  /// `nil`: the other one is another's, or both are too long for one record.
  func merged(with next: Self) -> Self? {
    guard rank == next.rank, stream == next.stream, count + next.count <= Self.longest else { return nil }
    return Self(rank: rank, stream: stream, count: count + next.count)
  }

  var bytes: [UInt8] {
    let word = UInt32(count) | (stream == .error ? Self.errorBit : 0)
    return [UInt32(rank), word].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  /// - Precondition: `byteCount` bytes.
  init(_ bytes: ArraySlice<UInt8>) {
    precondition(bytes.count == Self.byteCount, "a part has its size")
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[bytes.startIndex + at + $1]) << UInt32(8 * $1) }
    }
    rank = Int(word(0))
    stream = word(4) & Self.errorBit != 0 ? .error : .output
    count = Int(word(4) & ~Self.errorBit)
  }
}

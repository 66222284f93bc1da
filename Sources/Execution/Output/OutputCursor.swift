public import BrokerCore
import Glibc
import Synchronization

/// A reader's place in what one attempt wrote, from the files of its store.
///
/// It works the same while tasks write and afterwards: what is there is read, and what is not comes with a later
/// call. Files are opened when they appear, and stay open.
public final class OutputCursor: Sendable {
  /// What a stream ends with where it was cut; it counts as bytes of the stream, so that offsets go on behind it.
  public static func marker(limit: Int64) -> [UInt8] {
    Array("\n[sluice: cut here, after \(limit) bytes]\n".utf8)
  }

  /// Bytes that came one after another from the same place.
  public struct Run: Sendable, Equatable {
    public let stream: OutputStore.Stream
    /// `nil`: nobody knows which task wrote it, or it is the marker.
    public let rank: Int?
    public var bytes: [UInt8]
  }

  public struct Request: Sendable {
    /// `output`, `error` or both.
    public var streams: [OutputStore.Stream]
    /// Only what this task wrote.
    public var rank: Int?
    /// Bytes of each stream, as far as the request is for them, that are left out at the beginning.
    public var skipped: [OutputStore.Stream: UInt64]
    /// At which the store cut the attempt's streams.
    public var limit: Int64

    public init(
      streams: [OutputStore.Stream], rank: Int? = nil, skipped: [OutputStore.Stream: UInt64] = [:], limit: Int64
    ) {
      self.streams = streams
      self.rank = rank
      self.skipped = skipped
      self.limit = limit
    }
  }

  private struct State {
    var sources: [StreamSource]
    var parts: PartsReader?
    var isOpened = false
  }

  private let store: OutputStore
  private let id: AttemptID
  private let request: Request
  private let state: Mutex<State>

  public init(_ store: OutputStore, _ id: AttemptID, _ request: Request) {
    self.store = store
    self.id = id
    self.request = request
    state = Mutex(
      State(sources: request.streams.map { StreamSource($0, skipping: request.skipped[$0] ?? 0, request.limit) }))
  }

  /// What comes next, at most `limit` bytes; empty: nothing is there so far.
  public func next(limit: Int) -> [Run] {
    state.withLock { state in
      open(&state)
      guard state.isOpened else { return [] }
      return state.parts == nil ? readPlain(&state, limit) : readParts(&state, limit)
    }
  }

  private func open(_ state: inout State) {
    for index in state.sources.indices { state.sources[index].open(store.path(id, state.sources[index].stream)) }
    guard !state.isOpened, state.sources.contains(where: { $0.file != nil }) else { return }
    // The file of parts is made before the streams', so now it is there, or there is none. One that is there and
    // cannot be opened, for want of descriptors, is waited for.
    let path = store.path(id, .parts)
    state.parts = OpenFile(path: path).map { PartsReader($0) }
    state.isOpened = state.parts != nil || (unsafe access(path, F_OK)) != 0
  }

  /// One task, or tasks that share the file and are not told apart.
  private func readPlain(_ state: inout State, _ limit: Int) -> [Run] {
    // Of a job with one task all is the first one's; asking for another finds nothing.
    if let rank = request.rank, rank != 0 { return [] }
    var runs: [Run] = []
    var left = limit
    for index in state.sources.indices where left > 0 {
      let taken = state.sources[index].readPlain(left)
      left -= taken.reduce(0) { $0 + $1.bytes.count }
      runs += taken
    }
    return runs
  }

  private func readParts(_ state: inout State, _ limit: Int) -> [Run] {
    var runs: [Run] = []
    var left = limit
    while left > 0, let part = state.parts?.next(limit: left) {
      guard let index = state.sources.firstIndex(where: { $0.stream == part.stream }) else { continue }
      // Its file may have been made since this call began; a part is noted after its bytes are there.
      state.sources[index].open(store.path(id, part.stream))
      let isWanted = request.rank == nil || request.rank == part.rank
      guard let bytes = state.sources[index].read(part.count, isWanted: isWanted) else {
        state.parts?.putBack(part)
        break
      }
      if bytes.isEmpty { continue }
      left -= bytes.count
      if let last = runs.last, last.rank == part.rank, last.stream == part.stream {
        runs[runs.count - 1].bytes += bytes
      } else {
        runs.append(Run(stream: part.stream, rank: part.rank, bytes: bytes))
      }
    }
    if left > 0 {
      for index in state.sources.indices { runs += state.sources[index].takeMarker() }
    }
    return runs
  }
}

/// One stream's file, and how far it was read.
private struct StreamSource {
  let stream: OutputStore.Stream
  private(set) var file: OpenFile?
  /// In the file.
  private var position: UInt64 = 0
  /// Still to be left out.
  private var skipped: UInt64
  private let limit: Int64
  private var isMarked = false

  init(_ stream: OutputStore.Stream, skipping skipped: UInt64, _ limit: Int64) {
    self.stream = stream
    self.skipped = skipped
    self.limit = limit
  }

  mutating func open(_ path: String) {
    if file == nil { file = OpenFile(path: path) }
  }

  private var end: UInt64 { UInt64(max(0, limit)) }

  /// What stands in the file from here on, and the marker behind it.
  mutating func readPlain(_ wanted: Int) -> [OutputCursor.Run] {
    guard let file else { return [] }
    if skipped > 0 {
      let seek = min(skipped, end - position)
      position += seek
      skipped -= seek
    }
    let bytes = file.read(at: position, Int(min(UInt64(wanted), end - position)))
    position += UInt64(bytes.count)
    if !bytes.isEmpty { return [OutputCursor.Run(stream: stream, rank: 0, bytes: bytes)] }
    return takeMarker()
  }

  /// The next bytes of the file, without those that are skipped; `nil`: they cannot be read.
  mutating func read(_ count: Int, isWanted: Bool) -> [UInt8]? {
    guard let file else { return nil }
    let left = isWanted ? Int(min(skipped, UInt64(count))) : count
    let bytes = file.read(at: position + UInt64(left), count - left)
    guard bytes.count == count - left else { return nil }
    if isWanted { skipped -= UInt64(left) }
    position += UInt64(count)
    return bytes
  }

  /// Once, when the file is longer than it may be and was read to its end.
  mutating func takeMarker() -> [OutputCursor.Run] {
    guard let file, !isMarked, position >= end, file.size > end else { return [] }
    isMarked = true
    let rest = OutputCursor.marker(limit: limit).dropFirst(Int(min(skipped, 1_024)))
    skipped = 0
    return rest.isEmpty ? [] : [OutputCursor.Run(stream: stream, rank: nil, bytes: Array(rest))]
  }
}

/// Reads the file of parts, piece by piece; the last part may grow behind the reader.
private struct PartsReader {
  /// Read at a time.
  private static let partsAhead = 1_024

  private let file: OpenFile
  private var offset: UInt64 = 0
  /// Of the part at `offset`, what was given out.
  private var given = 0
  private var ahead: [UInt8] = []
  private var aheadStart: UInt64 = 0
  /// Of the file, before `ahead` was read: a part that had another behind it then has grown for the last time.
  private var knownSize: UInt64 = 0

  init(_ file: OpenFile) { self.file = file }

  /// What was not given out of the part here, or the next one, at most `limit` bytes of it.
  mutating func next(limit: Int) -> OutputPart? {
    while let part = part(at: offset) {
      if part.count > given {
        let count = min(part.count - given, limit)
        given += count
        return OutputPart(rank: part.rank, stream: part.stream, count: count)
      }
      if !isFinal {
        refill()
        guard let again = self.part(at: offset) else { return nil }
        if again.count > given { continue }
        if !isFinal { return nil }
      }
      offset += UInt64(OutputPart.byteCount)
      given = 0
    }
    return nil
  }

  /// The part that `next` gave last will be given again.
  mutating func putBack(_ part: OutputPart) { given -= part.count }

  private var isFinal: Bool { offset + 2 * UInt64(OutputPart.byteCount) <= knownSize }

  private mutating func part(at offset: UInt64) -> OutputPart? {
    if offset < aheadStart || offset + UInt64(OutputPart.byteCount) > aheadStart + UInt64(ahead.count) { refill() }
    let start = Int(offset - aheadStart)
    guard start + OutputPart.byteCount <= ahead.count else { return nil }
    return OutputPart(ahead[start..<start + OutputPart.byteCount])
  }

  private mutating func refill() {
    knownSize = file.size
    ahead = file.read(at: offset, OutputPart.byteCount * Self.partsAhead)
    aheadStart = offset
  }
}

/// An open file, for reading at any place.
private final class OpenFile: Sendable {
  private let descriptor: Int32

  /// `nil`: there is none. Not waiting: a task may have taken a lease on its own file, which would hold a reader for
  /// 45 seconds.
  init?(path: String) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  var size: UInt64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
  }

  /// As much as is there, at most `count` bytes.
  func read(at offset: UInt64, _ count: Int) -> [UInt8] {
    guard count > 0, let offset = off_t(exactly: offset) else { return [] }
    // A short file makes no large array.
    let wanted = min(count, Int(clamping: size) - Int(clamping: offset))
    guard wanted > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted {
        let more = unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), wanted - filled, offset + off_t(filled))
        if more < 0, errno == EINTR { continue }
        if more <= 0 { break }
        filled += more
      }
    }
  }
}

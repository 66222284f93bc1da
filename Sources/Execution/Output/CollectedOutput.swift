import BrokerCore
import Glibc

/// What the tasks of one attempt write, taken in through pipes: so it is known who wrote what.
///
/// Attempts of one task need none: their task writes into the file itself, and pays nothing for it. With several,
/// the shepherd appends what comes to the stream's file, and a `OutputPart` to the file of parts. A file is made when
/// there is something to write. Lines stay whole: what a task has written of one waits for the rest, as in Flux.
///
/// Confined to the shepherd's only thread.
final class CollectedOutput {
  /// Read at a time: what a pipe holds. So a task that writes much keeps no other waiting for long.
  private static let pieceBytes = 64 << 10
  /// A longer line is passed on as it comes: other tasks' output may then be in its middle.
  static let longestWaitingLine = 16 << 10

  /// One stream of one task.
  struct Source: Hashable, Sendable {
    let rank: Int
    let stream: OutputStore.Stream
  }

  enum Taking {
    case some
    /// Nothing is there now.
    case nothing
    /// Whoever had the other end is gone.
    case ended
    /// It cannot be written, such as when the disk is full: tasks wait meanwhile.
    case stalled(SystemError)
  }

  private final class PipeEnd {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  private struct Sink {
    var file: PipeEnd?
    /// Bytes that were written, as far as they count: up to the limit.
    var size: UInt64 = 0
    var isCut = false
  }

  private let store: OutputStore
  private let id: AttemptID
  private let limit: UInt64
  /// The streams that are passed on as they come, not in lines.
  private let unbuffered: Set<OutputStore.Stream>
  /// The streams that are collected; the others go to files of the user's.
  let streams: [OutputStore.Stream]
  private var pipes: [Source: PipeEnd] = [:]
  private var sinks: [OutputStore.Stream: Sink] = [:]
  private var parts: PipeEnd?
  private var partCount: UInt64 = 0
  private var lastPart: OutputPart?
  /// Beginnings of lines whose ends did not come yet.
  private var waiting: [Source: [UInt8]] = [:]
  /// Taken from its pipe and not written.
  private var unwritten: (source: Source, bytes: ArraySlice<UInt8>)?

  /// - Parameter options: of them, what bounds a stream and what says that it is not passed on in lines.
  init(_ store: OutputStore, _ id: AttemptID, _ streams: [OutputStore.Stream], _ options: ShellOptions) {
    self.store = store
    self.id = id
    self.streams = streams
    limit = UInt64(max(0, options.outputLimit))
    unbuffered = Set((options.buffersOutput ? [] : [.output]) + (options.buffersError ? [] : [.error]))
  }

  /// The end into which a task writes; the shepherd's is kept.
  func openPipe(_ source: Source) throws(SystemError) -> Descriptor {
    var ends: [Int32] = [-1, -1]
    if unsafe pipe(&ends) != 0 { throw .last }
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    // Nothing is started between these calls: the shepherd starts programs on this thread only.
    for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw .last }
    if fcntl(reading.number, F_SETFL, O_NONBLOCK) != 0 { throw .last }
    pipes[source] = PipeEnd(reading)
    return writing
  }

  /// The shepherd's end; `nil` once it is closed.
  func descriptor(_ source: Source) -> Int32? { pipes[source]?.descriptor.number }

  var openSources: [Source] {
    pipes.keys.sorted { ($0.rank, $0.stream.rawValue) < ($1.rank, $1.stream.rawValue) }
  }

  /// The descriptor must not be watched any more.
  func close(_ source: Source) { pipes[source] = nil }

  /// Reads once, and writes what came.
  func take(_ source: Source) -> Taking {
    if let error = writeRest() { return .stalled(error) }
    guard let descriptor = descriptor(source) else { return .ended }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
      unsafe count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    if bytes.isEmpty {
      guard isOver(descriptor) else { return .nothing }
      return passOnWaiting(source).map { .stalled($0) } ?? .ended
    }
    let lines = unbuffered.contains(source.stream) ? bytes[...] : wholeLines(bytes, source)
    if lines.isEmpty { return .some }
    unwritten = (source, lines)
    return writeRest().map { .stalled($0) } ?? .some
  }

  /// What of `bytes`, and of what waited before, can be passed on; the beginning of another line waits.
  private func wholeLines(_ bytes: [UInt8], _ source: Source) -> ArraySlice<UInt8> {
    let all = waiting.removeValue(forKey: source).map { $0 + bytes } ?? bytes
    let end = all.lastIndex(of: 10).map { $0 + 1 } ?? 0
    guard all.count - end <= Self.longestWaitingLine else { return all[...] }
    if end < all.count { waiting[source] = Array(all[end...]) }
    return all[..<end]
  }

  /// Takes all that is left, when nobody is there any more who could write.
  ///
  /// - Returns: why the rest is lost, where it is.
  func finish(_ source: Source) -> SystemError? {
    while true {
      switch take(source) {
      case .some: continue
      // Something that left its job may still hold the pipe's other end.
      case .nothing, .ended: return passOnWaiting(source)
      case .stalled(let error): return error
      }
    }
  }

  /// Writes the beginning of a line whose end does not come any more.
  private func passOnWaiting(_ source: Source) -> SystemError? {
    guard let rest = waiting.removeValue(forKey: source) else { return nil }
    unwritten = (source, rest[...])
    return writeRest()
  }

  /// Nothing came: because nothing is there, or because nothing can come any more.
  private func isOver(_ descriptor: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&watched, 1, 0) > 0 else { return false }
    return watched.revents & Int16(POLLIN) == 0
  }

  // MARK: Writing

  private func writeRest() -> SystemError? {
    guard let (source, bytes) = unwritten else { return nil }
    do throws(SystemError) {
      try write(bytes, source)
      unwritten = nil
      return nil
    } catch {
      return error
    }
  }

  private func write(_ bytes: ArraySlice<UInt8>, _ source: Source) throws(SystemError) {
    var sink = sinks[source.stream] ?? Sink()
    defer { sinks[source.stream] = sink }
    if sink.isCut { return }
    // First the parts: who finds a stream's file finds this one as well, and knows how to read it.
    if parts == nil { parts = try make(.parts) }
    if sink.file == nil { sink.file = try make(source.stream) }
    guard let file = sink.file else { return }
    let isTooLong = sink.size + UInt64(bytes.count) > limit
    var rest = isTooLong ? bytes.prefix(Int(limit - sink.size)) : bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file.descriptor.number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw .last
      }
      rest = rest.dropFirst(count)
      // All that is left, so that the next try knows as well whether it is too long.
      unwritten = (source, bytes[rest.startIndex...])
      sink.size += UInt64(count)
      record(OutputPart(rank: source.rank, stream: source.stream, count: count))
    }
    guard isTooLong else { return }
    // A byte more than the limit tells readers, as it does of a file that a task wrote by itself.
    if unsafe Glibc.write(file.descriptor.number, "\n", 1) == 1 { sink.isCut = true }
  }

  /// The next part, or more of the last one.
  private func record(_ part: OutputPart) {
    guard let parts else { return }
    if let last = lastPart, let longer = last.merged(with: part) {
      lastPart = longer
    } else {
      lastPart = part
      partCount += 1
    }
    let bytes = (lastPart ?? part).bytes
    let offset = off_t((partCount - 1) * UInt64(OutputPart.byteCount))
    let count = unsafe bytes.withUnsafeBytes {
      unsafe pwrite(parts.descriptor.number, $0.baseAddress, $0.count, offset)
    }
    // The bytes are in the stream; that nobody knows whose they are is no reason to write them twice.
    if count != bytes.count { ShepherdLoop.log("whose output this is was lost: \(SystemError.last.text)") }
  }

  private func make(_ stream: OutputStore.Stream) throws(SystemError) -> PipeEnd {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | (stream == .parts ? 0 : O_APPEND)
    return PipeEnd(try Descriptor(path: store.path(id, stream), flags: flags))
  }
}

/// Cuts a body that arrives in chunks into the lines of newline-delimited JSON.
///
/// Blank lines are skipped but counted; a carriage return before the newline belongs to the line end; the
/// last line needs no newline. Memory is bounded by the longest line and the longest chunk.
public struct NDJSONLines: Sendable {
  /// One line, without its end.
  public struct Line: Sendable, Equatable {
    /// From 1, blank lines counted.
    public let number: Int
    /// A part of the splitter's buffer: let go of it before the next `append`, or that copies the buffer.
    public let bytes: ArraySlice<UInt8>
  }

  /// A line is longer than allowed; nothing behind it can be read.
  public struct LineTooLong: Error, Sendable, Equatable {
    public let number: Int
    public let maximumBytes: Int

    public init(number: Int, maximumBytes: Int) {
      self.number = number
      self.maximumBytes = maximumBytes
    }
  }

  public let maximumLineBytes: Int
  private var buffer: [UInt8] = []
  /// Where the line begins that has not been given out.
  private var lineStart = 0
  /// Up to here there is no newline behind `lineStart`.
  private var searched = 0
  private var linesGiven = 0
  private var isFinished = false

  /// - Parameter maximumLineBytes: of a line without its end.
  public init(maximumLineBytes: Int = JSONLimits.body.maximumBytes) {
    self.maximumLineBytes = maximumLineBytes
  }

  /// Takes the next bytes of the body. Call `next` until it gives `nil` before the next chunk.
  public mutating func append(_ chunk: Span<UInt8>) {
    precondition(!isFinished, "the body has ended")
    makeRoom(chunk.count)
    unsafe chunk.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  public mutating func append(_ chunk: some Collection<UInt8>) {
    precondition(!isFinished, "the body has ended")
    makeRoom(chunk.count)
    buffer.append(contentsOf: chunk)
  }

  /// Says that the body has ended: what is left is the last line.
  public mutating func finish() { isFinished = true }

  /// The next complete line that is not blank, or `nil` until there is more.
  ///
  /// - Throws: `LineTooLong`, and again at every later call.
  public mutating func next() throws(LineTooLong) -> Line? {
    while let end = lineEnd() {
      let line = trimmed(lineStart..<end)
      guard line.count <= maximumLineBytes else { throw tooLong }
      lineStart = min(end + 1, buffer.count)
      searched = lineStart
      linesGiven += 1
      if !isBlank(line) { return Line(number: linesGiven, bytes: buffer[line]) }
    }
    // One more, because a carriage return may be the last byte so far.
    guard buffer.count - lineStart <= maximumLineBytes + 1 else { throw tooLong }
    return nil
  }

  private var tooLong: LineTooLong { LineTooLong(number: linesGiven + 1, maximumBytes: maximumLineBytes) }

  /// Where the line at `lineStart` ends.
  private mutating func lineEnd() -> Int? {
    if let newline = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) { return newline }
    searched = buffer.count
    return isFinished && lineStart < buffer.count ? buffer.count : nil
  }

  private func trimmed(_ line: Range<Int>) -> Range<Int> {
    line.last.map { buffer[$0] } == UInt8(ascii: "\r") ? line.lowerBound..<line.upperBound - 1 : line
  }

  private func isBlank(_ line: Range<Int>) -> Bool {
    line.allSatisfy { buffer[$0] == UInt8(ascii: " ") || buffer[$0] == UInt8(ascii: "\t") }
  }

  /// Drops what was given out.
  private mutating func makeRoom(_ count: Int) {
    if lineStart > 0 { buffer.removeSubrange(..<lineStart) }
    searched -= lineStart
    lineStart = 0
    buffer.reserveCapacity(buffer.count + count)
  }
}

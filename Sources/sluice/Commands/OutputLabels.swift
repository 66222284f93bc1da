import APIClient

/// Puts the number of the task before each line that it wrote: `0: text`.
///
/// Lines of several tasks come in pieces, so a line is shown when it is whole.
struct OutputLabels {
  /// Of a line that does not end: what is there of it is shown then, so that a task that never writes a newline
  /// takes no memory of ours.
  private static let longestLine = 64 << 10

  private struct Source: Hashable {
    let stream: JobOutputStream
    let rank: Int?
  }

  private var started: [Source: [UInt8]] = [:]
  private let job: String?
  private let namesTasks: Bool

  /// - Parameters:
  ///   - job: comes before the task.
  ///   - namesTasks: else lines are only made whole.
  init(job: String? = nil, namesTasks: Bool = true) {
    self.job = job
    self.namesTasks = namesTasks
  }

  /// What can be shown now.
  mutating func take(_ piece: JobOutputPiece) -> [UInt8] {
    if piece.isEnd { return finish(piece.stream) }
    let source = Source(stream: piece.stream, rank: piece.rank)
    var rest = started.removeValue(forKey: source) ?? []
    rest += piece.bytes
    let label = label(piece.rank)
    var shown: [UInt8] = []
    var start = rest.startIndex
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      shown += label
      shown += rest[start...end]
      start = end + 1
    }
    rest.removeFirst(start)
    if rest.count >= Self.longestLine {
      shown += label + rest + [UInt8(ascii: "\n")]
      rest = []
    }
    if !rest.isEmpty { started[source] = rest }
    return shown
  }

  /// Lines that end without a newline, in the order of their tasks.
  private mutating func finish(_ stream: JobOutputStream) -> [UInt8] {
    let last = started.filter { $0.key.stream == stream }.sorted { $0.key.rank ?? -1 < $1.key.rank ?? -1 }
    for (source, _) in last { started[source] = nil }
    return last.flatMap { label($0.key.rank) + $0.value + [UInt8(ascii: "\n")] }
  }

  private func label(_ rank: Int?) -> [UInt8] {
    let names = [job, namesTasks ? rank.map { String($0) } : nil].compactMap(\.self)
    return names.isEmpty ? [] : Array((names.joined(separator: " ") + ": ").utf8)
  }
}

import JSONText
import Vocabulary

/// Reads one watch over all its connections: where to resume, and what of a commit was told already.
final class KeyWatchReader {
  /// One event; a broker's are bounded by the number of changes, not by their bytes.
  private static let longestLine = 64 << 20

  /// How the stream ended for good.
  enum End {
    case enough
    case namespaceRemoved
    case failure(ClientError)
  }

  private var lines = NDJSONLines(maximumLineBytes: longestLine)
  private let onCommit: (KeyCommit) -> Bool
  /// After which revision the next connection begins; `nil`: now.
  private(set) var resumption: String?
  /// Whether what is there is still to be told.
  private(set) var wantsInitial: Bool
  private var epoch: UInt32?
  /// The large commit of which parts were told, and how many of its changes.
  private var told: (revision: UInt64, changes: Int)?
  /// Changes of that commit in the present connection, so far.
  private var seen = 0
  /// Lines read so far, bookmarks included.
  private(set) var count = 0
  private(set) var end: End?

  /// - Parameter epoch: of the broker's history, so that a revision cannot be taken for one of another.
  init(since: String?, initial: Bool, epoch: UInt32?, onCommit: @escaping (KeyCommit) -> Bool) {
    resumption = since
    wantsInitial = initial
    self.epoch = epoch
    self.onCommit = onCommit
  }

  /// Forgets a half-received line: the broker will send it again.
  func reconnect() {
    lines = NDJSONLines(maximumLineBytes: Self.longestLine)
    seen = 0
  }

  /// Whether to go on.
  func take(_ bytes: Span<UInt8>) -> Bool {
    lines.append(bytes)
    do {
      while end == nil, let line = try lines.next() {
        count += 1
        read(try JSONText.parse(line.bytes, limits: BrokerClient.answerLimits))
      }
    } catch {
      end = .failure(ClientError("The broker's stream cannot be read: \(error)"))
    }
    return end == nil
  }

  private func read(_ json: JSONValue) {
    if let text = json["bookmark"]?.string {
      // The state that was asked for comes before the first bookmark.
      if !wantsInitial { resumption = text }
      epoch = Position(text)?.epoch ?? epoch
    } else if json["end"] != nil {
      end = .namespaceRemoved
    } else if json["auth-expired"] != nil {
      end = .failure(ClientError("The token is no longer good", advice: "Give another one, and --since."))
    } else if let error = json["error"] {
      let oldest = error["oldest_revision"]?.integer.map { "; history goes back to revision \($0)" } ?? ""
      end = .failure(
        ClientError(
          "The watch fell behind and missed commits\(oldest)", advice: "Begin again, with --initial for example."))
    } else if let revision = json["revision"]?.integer.flatMap({ UInt64(exactly: $0) }) {
      read(json, revision)
    }
  }

  private func read(_ json: JSONValue, _ revision: UInt64) {
    let changes = json["changes"]?.array ?? []
    let isPartial = json["partial"]?.bool ?? false
    // What was there has no time of its own.
    let isInitial = wantsInitial && json["timestamp"] == nil
    var repeated = 0
    if let told, told.revision == revision, !isInitial {
      repeated = min(changes.count, max(0, told.changes - seen))
    }
    seen = isPartial ? seen + changes.count : 0
    var commit = KeyCommit(
      revision: revision, isInitial: isInitial, isPartial: isPartial,
      changes: changes.dropFirst(repeated).compactMap { KeyChange($0) })
    commit.timestamp = json["timestamp"]
    if isPartial {
      if !isInitial { told = (revision, max(seen, told?.revision == revision ? told?.changes ?? 0 : 0)) }
    } else {
      told = nil
      wantsInitial = false
      resumption = epoch.map { Position(epoch: $0, seq: revision).text } ?? String(revision)
    }
    if isPartial, commit.changes.isEmpty { return }
    if !onCommit(commit) { end = .enough }
  }
}

import JSONText
import Vocabulary

/// Reads a job's output as entries of RFC 24, over all connections.
final class OutputEntries {
  /// An entry carries 64 KiB, six times as long where every byte is escaped.
  private static let longestLine = 1 << 20

  private var lines = NDJSONLines(maximumLineBytes: longestLine)
  private let wanted: Int
  private let onPiece: (JobOutputPiece) -> Bool
  /// Behind the last entry that was handed on.
  private(set) var position: String?
  private(set) var count = 0
  /// Streams that ended, or go elsewhere.
  private var ended: Set<JobOutputStream> = []
  private(set) var hasEnough = false
  private(set) var failure: ClientError?

  init(streams: Int, onPiece: @escaping (JobOutputPiece) -> Bool) {
    wanted = streams
    self.onPiece = onPiece
  }

  /// Nothing follows.
  var isComplete: Bool { ended.count == wanted }

  /// Forgets a half-received line: the broker will send it again.
  func reconnect() { lines = NDJSONLines(maximumLineBytes: Self.longestLine) }

  /// Whether to go on.
  func take(_ bytes: Span<UInt8>) -> Bool {
    lines.append(bytes)
    do {
      while failure == nil, !hasEnough, let line = try lines.next() {
        count += 1
        read(try JSONText.parse(line.bytes, limits: BrokerClient.answerLimits))
      }
    } catch {
      failure = ClientError("The broker's stream cannot be read: \(error)")
    }
    return failure == nil && !hasEnough
  }

  private func read(_ json: JSONValue) {
    if json["auth-expired"] != nil { failure = ClientError("The token is no longer good") }
    position = json["bookmark"]?.string ?? json["position"]?.string ?? position
    guard let context = json["context"], let stream = context["stream"]?.string.flatMap(JobOutputStream.init) else {
      return
    }
    if json["name"]?.string == "redirect" { ended.insert(stream) }
    guard json["name"]?.string == "data" else { return }
    let text = context["data"]?.string ?? ""
    let bytes = context["encoding"]?.string == "base64" ? Base64.decode(text) : Array(text.utf8)
    guard let bytes else { return failure = ClientError("The broker's stream cannot be read: no base64") }
    let isEnd = context["eof"]?.bool ?? false
    if isEnd { ended.insert(stream) }
    let rank = context["rank"]?.string.flatMap { Int($0) }
    if !onPiece(JobOutputPiece(stream: stream, rank: rank, bytes: bytes, isEnd: isEnd)) { hasEnough = true }
  }
}

import HTTPCalling

/// A piece of what a job wrote.
public struct OutputPiece: Sendable {
  public let bytes: [UInt8]
  /// Where the next piece begins.
  public let nextOffset: Int
  /// Whether nothing will follow.
  public let isComplete: Bool
}

/// One of a job's two output streams.
public enum OutputStream: String, Sendable, CaseIterable {
  case standardOutput = "stdout"
  case standardError = "stderr"
}

extension BrokerClient {
  /// What `stream` holds from `offset` on, as much as one answer carries.
  public func output(
    _ id: String, _ stream: OutputStream, from offset: Int = 0
  ) throws(ClientError) -> OutputPiece {
    let answer = try fetch(
      "/v1/jobs/\(Self.segment(id))/output", query: [("stream", stream.rawValue), ("offset", String(offset))],
      accept: "application/octet-stream")
    return OutputPiece(
      bytes: answer.body,
      nextOffset: answer.header("Sluice-Next-Offset").flatMap { Int($0) } ?? offset + answer.body.count,
      isComplete: answer.header("Sluice-Output-Complete")?.lowercased() == "true")
  }
}

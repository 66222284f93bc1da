import Glibc
import HTTPCalling

/// What every stream that is followed does about a connection that breaks.
extension BrokerClient {
  /// Reconnections in a row that bring nothing before a stream is given up.
  static var fruitlessTries: Int { 8 }
  /// Longest pause before a reconnection; the whole series above then lasts a minute and a half.
  private static var longestReconnectSeconds: Int { 15 }

  /// - Parameter microseconds: after a connection that brought something.
  static func pauseBeforeReconnecting(after fruitless: Int, _ microseconds: UInt32) {
    let pause = min(1 << fruitless, longestReconnectSeconds)
    if fruitless > 0 { sleep(UInt32(pause)) } else { usleep(microseconds) }
  }

  /// One connection: its answer, or how it broke in a way after which it is made anew.
  ///
  /// - Parameter take: returns whether to go on.
  func follow(
    _ call: HTTPCall, _ take: @escaping (Span<UInt8>) -> Bool
  ) throws(ClientError) -> Result<HTTPAnswer, HTTPCallError> {
    let answer: HTTPAnswer
    do throws(HTTPCallError) {
      answer = try http.stream(call, onBytes: take)
    } catch {
      guard [.cut, .unreachable, .timedOut].contains(error.kind) else {
        throw ClientError(error, calling: endpoint.name)
      }
      return .failure(error)
    }
    // Busy is no end: try again as after a cut.
    if [429, 502, 503, 504].contains(answer.status) { return .failure(HTTPCallError(.cut, "the broker is busy")) }
    return .success(answer)
  }
}

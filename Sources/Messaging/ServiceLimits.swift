public import Vocabulary

/// What the desk holds at most.
public enum ServiceLimits {
  /// Calls that wait for one service.
  public static let waitingCallsPerService = 1_024
  /// Calls under way, waiting or given.
  public static let calls = 10_000
  /// Takers that wait for calls of one service.
  public static let takersPerService = 1_024
  /// Services that are offered: each costs some hundred bytes for as long as it is remembered.
  public static let services = 10_000
  /// How long a service counts as offered after its last taker has left or was answered.
  public static let offerLifetime = TimeSpan.seconds(30)
  /// Bytes of parts that the caller has not read.
  public static let unreadBytesPerCall = 4 << 20
  /// Parts that the caller has not read.
  public static let unreadPartsPerCall = 1_024
  /// Longest wait of a taker or a caller: nothing tells that a waiting client has left.
  public static let longestWait = TimeSpan.seconds(60)
}

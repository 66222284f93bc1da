import ArgumentParser
import Vocabulary

/// How long to wait: `90`, `1.5m`, `inf`.
struct WaitTime: ExpressibleByArgument, Sendable {
  /// `nil`: for ever.
  let seconds: Double?

  init?(argument: String) {
    guard let span = try? TimeSpan(fsd: argument) else { return nil }
    seconds = span == .unlimited ? nil : span.seconds
  }
}

/// The key-value space of one attempt: what one task puts, all of them may get.
///
/// Everything is visible at once, which is more than the protocol promises: only a barrier does.
struct PMIStore {
  /// Keys that begin so belong to the protocol: one that is not there is empty, not missing.
  private static let reservedPrefix = "PMI_"

  private var values: [String: String]
  private var bytes: Int
  private let limit: Int

  init(_ values: [String: String], taskCount: Int) {
    self.values = values
    limit = taskCount * PMILimits.storeBytesPerTask
    bytes = 0
  }

  /// Keeps a value in place of an older one. RFC 13 leaves a repeated put undefined.
  mutating func put(_ key: Substring, _ value: Substring) -> PMIResult {
    guard key.utf8.count < PMILimits.keyBytes else { return .invalidKeyLength }
    guard value.utf8.count < PMILimits.valueBytes else { return .invalidValueLength }
    guard !key.isEmpty, Self.isPrintable(key) else { return .invalidKey }
    guard Self.isPrintable(value) else { return .invalidValue }
    let size = key.utf8.count + value.utf8.count
    guard bytes + size <= limit else { return .noMemory }
    // A replaced value still counts: the bound is on what a task makes of it, not an exact account.
    bytes += size
    values[String(key)] = String(value)
    return .success
  }

  func get(_ key: Substring) -> (PMIResult, String) {
    guard key.utf8.count < PMILimits.keyBytes else { return (.invalidKeyLength, "") }
    if let value = values[String(key)] { return (.success, value) }
    return key.hasPrefix(Self.reservedPrefix) ? (.success, "") : (.invalidKey, "")
  }

  /// - Source: RFC 13, key value store: the characters from `!` to `~`.
  private static func isPrintable(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// How a PMI-1 operation ended.
/// - Source: RFC 13, return codes.
enum PMIResult: Int {
  case success = 0
  case failure = -1
  case noMemory = 2
  case invalidKey = 4
  case invalidKeyLength = 5
  case invalidValue = 6
  case invalidValueLength = 7
}

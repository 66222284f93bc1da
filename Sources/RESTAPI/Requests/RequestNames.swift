import Cryptography
import Synchronization

/// Names for requests: the caller's own where it is well formed, else short unique ones.
struct RequestNames: Sendable {
  static let maximumBytes = 128

  private final class Counter: Sendable { let value = Atomic<UInt64>(0) }
  private let counter = Counter()
  /// Tells processes apart; fits a Swift string's inline form together with the count.
  private let prefix = Base64URL.encode(SecureRandom.bytes(4))

  /// - Throws: 400 where the header is there but not a name.
  func name(given header: String?) throws(Problem) -> String {
    guard let header else { return next() }
    let isName =
      !header.isEmpty && header.utf8.count <= Self.maximumBytes
      && header.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    guard isName else {
      throw Problem(400, "bad_request_id", "X-Request-Id is 1 to \(Self.maximumBytes) visible ASCII characters")
    }
    return header
  }

  func next() -> String {
    let count = counter.value.wrappingAdd(1, ordering: .relaxed).newValue
    return prefix + "-" + String(count, radix: 36)
  }
}

import COpenSSL

/// A DNS name or an address under which a server can be dialled.
public struct SubjectName: Hashable, Sendable {
  enum Kind: Sendable { case dns, address }

  /// A DNS name has at most 253 characters (RFC 1035, section 2.3.4).
  private static let longest = 253

  let kind: Kind
  public let text: String

  /// `nil` unless `text` is an IPv4 or IPv6 address, or dotted labels of letters, digits and inner hyphens.
  ///
  /// The text ends up in an extension's configuration, where a comma would begin another name: nothing else
  /// passes.
  public init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= Self.longest, !text.utf8.contains(0) else { return nil }
    if let address = unsafe a2i_IPADDRESS(text) {
      unsafe ASN1_OCTET_STRING_free(address)
      (kind, self.text) = (.address, text)
      return
    }
    // A failed address parse leaves a note in the queue that is nobody's error.
    ERR_clear_error()
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.allSatisfy(Self.isLabel) else { return nil }
    (kind, self.text) = (.dns, text)
  }

  /// - Source: RFC 1123, section 2.1; a label has at most 63 characters.
  private static func isLabel(_ label: Substring.UTF8View) -> Bool {
    let hyphen = UInt8(ascii: "-")
    guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
    return label.allSatisfy { character in
      character == hyphen || (48...57).contains(character) || (97...122).contains(character | 32)
    }
  }

  /// As OpenSSL's extension syntax has it.
  var extensionText: String { kind == .dns ? "DNS:\(text)" : "IP:\(text)" }
}

import ArgumentParser
import TOMLKit
import Vocabulary

/// The section of a certificate that somebody else has signed.
extension BrokerSettings {
  /// Absolute paths of PEM files.
  struct GivenCertificate: Equatable {
    /// The broker's own first, then what leads to the authority.
    let certificate: String
    let key: String
    /// What clients on this machine believe; `nil`: the system's authorities.
    let authority: String?
  }

  mutating func readCertificate(_ table: TOMLTable, _ path: String) throws {
    let keys = ["certificate", "key", "authority"]
    guard let (section, place) = try Self.section(table, "tls", path, keys) else { return }
    func file(_ key: String) throws -> String? {
      guard let file = try Self.string(section, key, place) else { return nil }
      guard file.hasPrefix("/") else { throw ValidationError("\(place): \(key) is an absolute path") }
      return file
    }
    guard let chain = try file("certificate"), let key = try file("key") else {
      throw ValidationError("\(place): certificate and key go together")
    }
    certificate = GivenCertificate(certificate: chain, key: key, authority: try file("authority"))
  }

  var certificateLines: [String] {
    guard let certificate else { return ["", "# [tls]: none, the broker mints its certificate"] }
    let files = [
      ("certificate", certificate.certificate), ("key", certificate.key), ("authority", certificate.authority),
    ]
    return ["", "[tls]"] + files.compactMap { key, file in file.map { "\(key) = \(Self.quoted($0))" } }
  }
}

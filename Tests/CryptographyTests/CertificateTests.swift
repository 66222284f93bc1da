import Cryptography
import Glibc
import Testing
import Vocabulary

@Suite("Certificates")
struct CertificateTests {
  private static let now = Timestamp(microseconds: Int64(time(nil)) * 1_000_000)
  private static let day = TimeSpan.seconds(86_400)

  private func names(_ texts: String...) -> [SubjectName] { texts.compactMap { SubjectName($0) } }

  private func show(_ path: String) -> String {
    run(["openssl", "x509", "-in", path, "-noout", "-text"]).output
  }

  @Test("The chain verifies under openssl, for a server and every name, and for nothing else")
  func chain() throws {
    let folder = ScratchFolder()
    _ = try ServerIdentity.openOrMint(
      in: folder.path, label: "here", names: names("node7.example", "10.1.2.3"), at: Self.now)
    let base = [
      "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "\(folder.path)/ca.pem",
    ]
    let leaf = "\(folder.path)/server.pem"
    for name in ["localhost", "node7.example"] {
      let verdict = run(base + ["-verify_hostname", name, leaf])
      #expect(verdict.status == 0, "\(verdict.output)")
    }
    for address in ["127.0.0.1", "::1", "10.1.2.3"] {
      let verdict = run(base + ["-verify_ip", address, leaf])
      #expect(verdict.status == 0, "\(verdict.output)")
    }
    #expect(run(base + ["-verify_hostname", "other.example", leaf]).status != 0)
    #expect(
      run(["openssl", "verify", "-purpose", "sslclient", "-CAfile", "\(folder.path)/ca.pem", leaf]).status
        != 0)
    #expect(run(["openssl", "verify", leaf]).status != 0)
  }

  @Test("Authority and leaf say what they are for, and no more")
  func extensions() throws {
    let folder = ScratchFolder()
    _ = try ServerIdentity.openOrMint(in: folder.path, label: "here", names: names("a.example"), at: Self.now)
    let leaf = show("\(folder.path)/server.pem")
    #expect(leaf.contains("DNS:a.example, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"))
    #expect(leaf.contains("CA:FALSE"))
    #expect(leaf.contains("TLS Web Server Authentication"))
    #expect(leaf.contains("Key Usage: critical\n                Digital Signature\n"))
    #expect(leaf.contains("ASN1 OID: prime256v1"))
    let authority = show("\(folder.path)/ca.pem")
    #expect(authority.contains("CA:TRUE, pathlen:0"))
    #expect(authority.contains("Key Usage: critical\n                Certificate Sign, CRL Sign\n"))
    #expect(!authority.contains("DNS:"))
  }

  @Test("Keys are readable by the owner only; the authority's certificate by all, without its key")
  func files() throws {
    let folder = ScratchFolder()
    _ = try ServerIdentity.openOrMint(in: folder.path, label: "here", names: [], at: Self.now)
    #expect(mode(of: "\(folder.path)/ca-key.pem") == 0o600)
    #expect(mode(of: "\(folder.path)/server.pem") == 0o600)
    #expect(mode(of: "\(folder.path)/ca.pem") == 0o644)
    #expect(!run(["cat", "\(folder.path)/ca.pem"]).output.contains("PRIVATE"))
    #expect(!run(["cat", "\(folder.path)/server.pem"]).output.contains("ENCRYPTED"))
  }

  @Test("An identity is kept while it serves; the leaf is replaced for a new name or its last month")
  func renewal() throws {
    let folder = ScratchFolder()
    func open(_ texts: [String], after days: Int64) throws -> ServerIdentity {
      try ServerIdentity.openOrMint(
        in: folder.path, label: "here", names: texts.compactMap { SubjectName($0) },
        at: Self.now.advanced(by: .seconds(days * 86_400)))
    }
    let first = try open(["a.example"], after: 0)
    #expect(try open(["a.example"], after: 300).leaf.certificatePEM.hasPrefix(first.leaf.certificatePEM))
    let renamed = try open(["a.example", "b.example"], after: 0)
    #expect(!renamed.leaf.certificatePEM.hasPrefix(first.leaf.certificatePEM))
    let renewed = try open(["a.example", "b.example"], after: 380)
    #expect(!renewed.leaf.certificatePEM.hasPrefix(renamed.leaf.certificatePEM))
    #expect(first.authorityPEM == renewed.authorityPEM)
    #expect(renewed.expiry > renamed.expiry)
  }

  @Test("A leaf lives at most 397 days and asks for renewal 30 days before its end")
  func expiry() throws {
    let authority = try CertificateAuthority(mintingFor: "x", at: Self.now)
    let leaf = try authority.issueLeaf(names: names("localhost"), at: Self.now)
    let expiry = try Certificate(pem: leaf.certificatePEM).expiry()
    #expect(expiry.since(Self.now).microseconds == 396 * Self.day.microseconds)
    #expect(!leaf.leafNeedsRenewal(at: Self.now))
    #expect(!leaf.leafNeedsRenewal(at: expiry.advanced(by: .seconds(-30 * 86_400 - 1))))
    #expect(leaf.leafNeedsRenewal(at: expiry.advanced(by: .seconds(-30 * 86_400))))
    #expect(LeafCertificate(certificatePEM: "nonsense", keyPEM: "").leafNeedsRenewal(at: Self.now))
    let days = try authority.expiry().since(Self.now).microseconds / Self.day.microseconds
    #expect((3_650...3_653).contains(days))
  }

  @Test("An authority vouches for its own leaves only, and keeps working when read back")
  func vouching() throws {
    let authority = try CertificateAuthority(mintingFor: "x", at: Self.now)
    let wanted = names("localhost", "::1")
    let leaf = try authority.issueLeaf(names: wanted, at: Self.now)
    let again = try CertificateAuthority(
      certificatePEM: try authority.certificatePEM(), keyPEM: try authority.keyPEM())
    let stranger = try CertificateAuthority(mintingFor: "x", at: Self.now)
    let verdicts = [
      authority.vouches(for: leaf, names: wanted, at: Self.now),
      authority.vouches(for: leaf, names: names("other.example"), at: Self.now),
      again.vouches(for: leaf, names: wanted, at: Self.now),
      stranger.vouches(for: leaf, names: wanted, at: Self.now),
    ]
    #expect(verdicts == [true, false, true, false])
    let (certificate, key) = (try stranger.certificatePEM(), try authority.keyPEM())
    #expect(throws: CryptographyError.self) {
      _ = try CertificateAuthority(certificatePEM: certificate, keyPEM: key)
    }
  }

  @Test("Serial numbers are random: 16 bytes, all different")
  func serials() throws {
    let authority = try CertificateAuthority(mintingFor: "x", at: Self.now)
    let folder = ScratchFolder()
    var seen: Set<String> = []
    for index in 0..<5 {
      let leaf = try authority.issueLeaf(names: names("localhost"), at: Self.now)
      let path = "\(folder.path)/\(index).pem"
      try SecretFile.write(Array(leaf.certificatePEM.utf8), to: path)
      seen.insert(run(["openssl", "x509", "-in", path, "-noout", "-serial"]).output)
    }
    #expect(seen.count == 5)
    #expect(seen.allSatisfy { $0.count == "serial=".count + 32 + 1 })
  }

  @Test("Text that is no certificate or key gives OpenSSL's reason, each time anew")
  func errors() {
    for _ in 0..<2 {
      let error = #expect(throws: CryptographyError.self) { _ = try Certificate(pem: "nonsense") }
      #expect(error?.operation == "read a certificate")
      #expect(error?.reasons.count == 1)
      #expect(error?.reasons.first?.contains("no start line") == true)
    }
  }

  @Test(
    "Names with anything but letters, digits, dots and inner hyphens are refused",
    arguments: [
      "", ".", "a..b", "-a", "a-", "a,DNS:b", "a b", "*.a", "a_b", "ä", "1.2.3.4,5", "a\u{0}b",
      "1.2.3.4\u{0}",
    ])
  func badNames(text: String) { #expect(SubjectName(text) == nil) }
}

import Cryptography
import Glibc
import Testing
import Vocabulary

@testable import HTTPCalling

@Suite("TLS", .serialized)
struct TLSTests {
  /// Serves one certificate on a loopback port for the time of `body`, by OpenSSL's own test server.
  private func withServer(names: [String], _ body: (_ port: String, _ authorityFile: String) throws -> Void)
    throws
  {
    let folder = "/tmp/tlstests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    #expect(mkdir(folder, 0o700) == 0)
    let now = Timestamp(microseconds: Int64(time(nil)) * 1_000_000)
    let authority = try CertificateAuthority(mintingFor: "test", at: now)
    let leaf = try authority.issueLeaf(names: names.compactMap { SubjectName($0) }, at: now)
    try SecretFile.write(Array(try authority.certificatePEM().utf8), to: "\(folder)/ca.pem")
    try SecretFile.write(Array((leaf.certificatePEM + leaf.keyPEM).utf8), to: "\(folder)/server.pem")
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    let arguments = [
      "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "\(folder)/server.pem", "-www",
    ]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var pid: pid_t = 0
    #expect(posix_spawnp(&pid, "openssl", &actions, nil, &words, environ) == 0)
    words.forEach { free($0) }
    close(ends[1])
    defer {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
      close(ends[0])
      for file in ["ca.pem", "server.pem"] { unlink("\(folder)/\(file)") }
      rmdir(folder)
    }
    try body(try #require(port(announcedOn: ends[0])), "\(folder)/ca.pem")
  }

  /// The server prints `ACCEPT 127.0.0.1:43210` once it listens.
  private func port(announcedOn descriptor: CInt) -> String? {
    var text = ""
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1 {
      text.unicodeScalars.append(Unicode.Scalar(byte))
      if text.hasSuffix("\n"), let range = text.firstRange(of: "ACCEPT 127.0.0.1:") {
        return String(text[range.upperBound...].prefix { $0.isNumber })
      }
    }
    return nil
  }

  private func kind(_ url: String, authorityFile: String?) -> HTTPCallError.Kind? {
    var options = HTTPClientOptions()
    options.authorityFile = authorityFile
    var client = HTTPClient(options)
    do throws(HTTPCallError) {
      _ = try client.send(HTTPCall(url: url))
      return nil
    } catch {
      return error.kind
    }
  }

  @Test("Only a certificate of the given authority for the dialled name convinces; no proxy is asked")
  func trust() throws {
    _ = proxiedEnvironment
    try withServer(names: ["127.0.0.1"]) { port, authorityFile in
      #expect(kind("https://127.0.0.1:\(port)/", authorityFile: authorityFile) == nil)
      #expect(kind("https://127.0.0.1:\(port)/", authorityFile: nil) == .untrusted)
      #expect(kind("https://localhost:\(port)/", authorityFile: authorityFile) == .untrusted)
      #expect(kind("https://127.0.0.1:\(port)/", authorityFile: "/nonexistent.pem") == .untrusted)
    }
  }

  @Test(
    "Loopback hosts are recognised in every spelling of a URL",
    arguments: [
      ("https://localhost/", true), ("https://127.0.0.1:8443/x", true), ("https://[::1]:8443/", true),
      ("https://LOCALHOST?x", true), ("https://127.9.9.9", true), ("https://localhost.example/", false),
      ("https://127.0.0.1@evil.example/", false), ("https://10.0.0.1/", false),
      ("https://127.0.0.1.example/", false),
    ])
  func loopback(url: String, expected: Bool) { #expect(URLHost(of: url).isLoopback == expected) }
}

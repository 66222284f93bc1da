import Glibc
import HTTPServing
import Synchronization
import Testing

@Suite struct TLSTests {
  /// A self-signed P-256 pair, minted once.
  private static let identity = mint("localhost")

  private static func mint(_ name: String) -> TLSIdentity {
    let files = "/tmp/http-serving-test-\(getpid())-\(name)"
    _ = run("openssl ecparam -name prime256v1 -genkey -noout -out \(files).key 2>/dev/null")
    _ = run(
      "openssl req -x509 -new -key \(files).key -subj /CN=\(name) -days 1 -out \(files).crt 2>/dev/null")
    defer { _ = run("rm -f \(files).key \(files).crt") }
    return TLSIdentity(certificateChainPEM: run("cat \(files).crt"), privateKeyPEM: run("cat \(files).key"))
  }

  /// What a shell command prints.
  private static func run(_ command: String) -> String {
    guard let pipe = popen(command, "r") else { return "" }
    defer { pclose(pipe) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { return String(decoding: output, as: UTF8.self) }
      output += buffer[..<count]
    }
  }

  /// Sends what `input`, a shell command, prints, and returns what comes back within five seconds.
  private static func exchange(_ server: HTTPServer, _ input: String, options: String = "") -> String {
    run(
      "(\(input)) | timeout 5 openssl s_client -quiet -connect 127.0.0.1:\(server.boundPort) \(options)"
        + " 2>/dev/null"
    )
  }

  private static let get = #"printf 'GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'"#

  @Test("TLS 1.2 and 1.3 are served with AEAD ciphers, older versions and weak ciphers are not")
  func versions() throws {
    let server = try makeServer(TestApplication(), tls: Self.identity)
    defer { server.stop() }
    #expect(Self.exchange(server, Self.get, options: "-tls1_3").hasSuffix("SAW GET [a] [] body 0"))
    #expect(Self.exchange(server, Self.get, options: "-tls1_2").hasSuffix("SAW GET [a] [] body 0"))
    #expect(Self.exchange(server, Self.get, options: "-alpn h2").hasSuffix("SAW GET [a] [] body 0"))
    for refused in [
      "-tls1_1 -cipher ALL:@SECLEVEL=0", "-tls1 -cipher ALL:@SECLEVEL=0",
      "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA",
    ] {
      #expect(Self.exchange(server, Self.get, options: refused) == "", "\(refused)")
    }
    let report = Self.run("openssl s_client -connect 127.0.0.1:\(server.boundPort) </dev/null 2>/dev/null")
    #expect(report.contains("TLS_AES_128_GCM_SHA256"))
  }

  @Test("Half a handshake and plain HTTP are closed") func noHandshake() throws {
    let server = try makeServer(TestApplication(), tls: Self.identity) { $0.headDeadline = 0.3 }
    defer { server.stop() }
    let silent = TestClient(port: server.boundPort)
    let half = TestClient(port: server.boundPort)
    half.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03])
    let plain = TestClient(port: server.boundPort)
    plain.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(silent.endsNow())
    #expect(half.endsNow())
    #expect(!plain.readToEnd().contains("HTTP/1.1") && !plain.timedOut)
    #expect(eventually { server.statistics.openConnections == 0 })
  }

  @Test("Half handshakes are parked, and neither others nor a stop wait for them") func idleHandshakes()
    throws
  {
    let server = try makeServer(TestApplication(), tls: Self.identity)
    let half = (0..<20).map { _ in TestClient(port: server.boundPort) }
    for client in half { client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]) }
    #expect(eventually { server.statistics.openConnections == 20 })
    // What they have sent is read in the meantime; from then on there is nothing to do.
    #expect(Self.exchange(server, Self.get).hasSuffix("SAW GET [a] [] body 0"))
    server.stop()
    for client in half { #expect(client.endsNow()) }
  }

  @Test("A refusal in the middle of an upload is seen through TLS") func refusalInUpload() throws {
    let server = try makeServer(TestApplication(), tls: Self.identity)
    defer { server.stop() }
    let upload =
      #"printf 'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n'; "#
      + "head -c 2097152 /dev/zero"
    let answer = Self.exchange(server, upload)
    #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.hasSuffix("REFUSED body_too_large"))
  }

  /// The name in the certificate that a new connection is shown.
  private static func nameShown(by server: HTTPServer, options: String = "") -> String {
    let show = "openssl s_client -connect 127.0.0.1:\(server.boundPort) \(options) </dev/null 2>/dev/null"
    let subject = run("\(show) | openssl x509 -noout -subject -nameopt multiline")
    return String(subject.drop { $0 != "=" }.dropFirst().drop { $0 != "=" }.dropFirst(2).dropLast())
  }

  @Test("Another pair is shown to new connections while a stream of an old one goes on") func replacement() throws {
    let source = CountingSource(limit: 5000)
    let server = try makeServer(
      TestApplication { head in
        head.path == ["stream"]
          ? .collect(limit: 0) { _ in .stream(HTTPStreamResponse(headers: [], source: source)) } : nil
      }, tls: Self.identity)
    #expect(Self.nameShown(by: server) == "localhost")
    let outcome = Mutex("")
    let reader = TestThread {
      let get = #"printf 'GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'; sleep 4"#
      outcome.withLock { $0 = Self.exchange(server, get) }
    }
    #expect(eventually { server.statistics.openStreams == 1 })
    for name in ["second", "third"] {
      try server.replaceIdentity(Self.mint(name))
      for version in ["-tls1_3", "-tls1_2"] { #expect(Self.nameShown(by: server, options: version) == name) }
    }
    #expect(Self.exchange(server, Self.get).hasSuffix("SAW GET [a] [] body 0"))
    #expect(server.statistics.openStreams == 1)
    source.add(10)
    usleep(50_000)
    server.drain(within: 2)
    reader.join()
    #expect(StreamTests.chunks(Array(outcome.withLock { $0 }.utf8)).body == StreamTests.numbers(5010))
  }

  @Test("A pair that cannot be used is refused with the reason, and the old one stays") func brokenPair() throws {
    let server = try makeServer(TestApplication(), tls: Self.identity)
    defer { server.stop() }
    let other = Self.mint("other")
    let broken = [
      TLSIdentity(certificateChainPEM: "x", privateKeyPEM: "y"),
      TLSIdentity(certificateChainPEM: other.certificateChainPEM, privateKeyPEM: ""),
      TLSIdentity(certificateChainPEM: "", privateKeyPEM: other.privateKeyPEM),
      TLSIdentity(
        certificateChainPEM: String(other.certificateChainPEM.dropLast(80)), privateKeyPEM: other.privateKeyPEM),
    ]
    for identity in broken {
      let refusal = #expect(throws: HTTPServerError.self) { try server.replaceIdentity(identity) }
      guard case .unusableIdentity = refusal else { return #expect(Bool(false), "\(String(describing: refusal))") }
    }
    let mismatch = #expect(throws: HTTPServerError.self) {
      try server.replaceIdentity(
        TLSIdentity(
          certificateChainPEM: other.certificateChainPEM, privateKeyPEM: Self.identity.privateKeyPEM))
    }
    #expect(mismatch?.description.contains("do not match") == true, "\(String(describing: mismatch))")
    #expect(Self.nameShown(by: server) == "localhost")
  }

  @Test("A stream through TLS is delivered and ended by a drain") func stream() throws {
    let source = CountingSource(limit: 5000)
    let server = try makeServer(
      TestApplication { _ in
        .collect(limit: 0) { _ in .stream(HTTPStreamResponse(headers: [], source: source)) }
      },
      tls: Self.identity)
    let drain = TestThread {
      _ = eventually { server.statistics.openStreams == 1 }
      usleep(50_000)
      source.add(10)
      usleep(50_000)
      server.drain(within: 2)
    }
    let answer = Self.exchange(server, Self.get + "; sleep 1")
    drain.join()
    #expect(StreamTests.chunks(Array(answer.utf8)).body == StreamTests.numbers(5010))
    #expect(answer.hasSuffix("\r\n0\r\n\r\n"))
    #expect(source.closedCount == 1)
  }
}

import HTTPServing
import Testing

/// One nasty request, and what is owed for it.
struct GuardCase: Sendable, CustomTestStringConvertible {
  let id: String
  let request: [UInt8]
  let status: Int
  /// Whether the connection must end after the answer.
  let closes: Bool
  var testDescription: String { id }

  init(_ id: String, _ request: String, _ status: Int, closes: Bool = true) {
    self.init(id, Array(request.utf8), status, closes: closes)
  }

  init(_ id: String, _ request: [UInt8], _ status: Int, closes: Bool = true) {
    self.id = id
    self.request = request
    self.status = status
    self.closes = closes
  }
}

@Suite struct GuardTableTests {
  private static let host = "Host: h\r\n"
  private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

  private static func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\n\(host)\r\n" }
  private static func field(_ lines: String) -> String { "GET /a HTTP/1.1\r\n\(host)\(lines)\r\n\r\n" }
  private static func post(_ lines: String, _ body: String = "") -> String {
    "POST /a HTTP/1.1\r\n\(host)\(lines)\r\n\r\n\(body)"
  }
  private static func path(_ id: String, _ target: String) -> GuardCase {
    GuardCase(id, get(target), 400, closes: false)
  }

  static let framing: [GuardCase] = [
    .init(
      "H01 CL then TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + smuggled), 400),
    .init(
      "H01 TE then CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n" + smuggled), 400),
    .init("H02 equal CL", post("Content-Length: 5\r\nContent-Length: 5", "hello"), 400),
    .init("H02 other CL", post("Content-Length: 0\r\nContent-Length: 36", smuggled), 400),
    .init("H03 +5", post("Content-Length: +5", "hello"), 400),
    .init("H03 list", post("Content-Length: 5, 5", "hello"), 400),
    .init("H03 hex", post("Content-Length: 0x5", "hello"), 400),
    .init("H03 negative", post("Content-Length: -1", "hello"), 400),
    .init("H03 blank", post("Content-Length: 5 6", "hello"), 400),
    .init("H03 empty", post("Content-Length: ", "hello"), 400),
    .init("H03 other digits", post("Content-Length: ٥", "hello"), 400),
    .init("H04 2^63-1", post("Content-Length: 9223372036854775807"), 413),
    .init("H04 2^63", post("Content-Length: 9223372036854775808"), 413),
    .init("H04 2^64", post("Content-Length: 18446744073709551616"), 413),
    .init("H05 xchunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n" + smuggled), 501),
    .init("H05 identity", post("Transfer-Encoding: identity", smuggled), 501),
    .init("H05 gzip, chunked", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n" + smuggled), 501),
    .init("H06 chunked, identity", post("Transfer-Encoding: chunked, identity", "0\r\n\r\n" + smuggled), 400),
    .init("H06 chunked;q=1", post("Transfer-Encoding: chunked;q=1", "0\r\n\r\n" + smuggled), 400),
    .init("H06 twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
    .init("H06 VT", post("Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n" + smuggled), 400),
    .init("H07 TE in 1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    .init("H08 TE blank", post("Transfer-Encoding : chunked", "0\r\n\r\n" + smuggled), 400),
    .init("H08 CL blank", post("Content-Length : 5", "hello"), 400),
    .init("H25 17 digits", post("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\n"), 413),
    .init("H26 -1", post("Transfer-Encoding: chunked", "-1\r\nhello\r\n0\r\n\r\n"), 400),
    .init("H26 0x5", post("Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n"), 400),
    .init("H26 blank 5", post("Transfer-Encoding: chunked", " 5\r\nhello\r\n0\r\n\r\n"), 400),
    .init("H26 5 blank", post("Transfer-Encoding: chunked", "5 \r\nhello\r\n0\r\n\r\n"), 400),
    .init("H26 no CRLF", post("Transfer-Encoding: chunked", "5\r\nhelloXX0\r\n\r\n"), 400),
    .init("H29 expect", post("Content-Length: 5\r\nExpect: 200-ok", "hello"), 417),
    .init("H30 GET", "GET /a HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhello", 400),
    .init("H30 DELETE", "DELETE /a HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhello", 400),
    .init("H30 HEAD", "HEAD /a HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
  ]

  static let fields: [GuardCase] = [
    .init("H09 fold", field("X-A: one\r\n two\r\nX-B: b"), 400),
    .init("H09 fold of the last", field("X-A: one\r\n\ttwo"), 400),
    .init("H09 forged name", field("Author: Bearer x\r\n ization"), 400),
    .init("H09 hidden TE", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n" + smuggled), 400),
    .init("H09 fold paid with bare LF", field("X-A: one\r\n two\nX-B:b\nX-C:c\nX-D: d"), 400),
    .init("H10", "GET /a HTTP/1.1\r\n Host: h\r\nHost: k\r\n\r\n", 400),
    .init("H11 bare LF", "GET /a HTTP/1.1\nHost: h\n\n", 400),
    .init("H11 one bare LF", "GET /a HTTP/1.1\r\nHost: h\nX-A: a\r\n\r\n", 400),
    .init("H11 LF blank line", "GET /a HTTP/1.1\r\nHost: h\r\n\n", 400),
    .init("H11 bare CR", field("X-A: a\rX-B: b"), 400),
    .init("H11 NUL in a value", field("X-A: a\0b"), 400),
    .init("H11 NUL before the end", field("Authorization: Bearer good\0"), 400),
    .init("H11 NUL in Authorization", field("Authorization: Bearer good\0evil\r\nX-A: b"), 400),
    .init("H11 NUL in a name", field("X\0A: b"), 400),
    .init("H11 0x01", field("X-A: \u{01}"), 400),
    .init("H11 DEL", field("X-A: a\u{7F}"), 400),
    .init("H12 no colon", field("nocolon"), 400),
    .init("H12 no name", field(": v"), 400),
    .init("H12 bracket", field("X[A]: v"), 400),
    .init("H12 8-bit name", field("Xé: v"), 400),
    .init("H13 no Host", "GET /a HTTP/1.1\r\n\r\n", 400),
    .init("H13 two", "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    .init("H13 port", "GET /a HTTP/1.1\r\nHost: h:99999\r\n\r\n", 400),
    .init("H13 user", "GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
    .init("H13 empty", "GET /a HTTP/1.1\r\nHost: \r\n\r\n", 400),
    .init("H13 address", "GET /a HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    .init("H20 65 fields", field((1...64).map { "X-\($0): y" }.joined(separator: "\r\n")), 431),
    .init("H20 one of 8 KiB + 1", field("X-A: " + String(repeating: "a", count: 8190)), 431),
    .init(
      "H20 head of 16 KiB + 1",
      field((0..<4).map { "X-\($0): " + String(repeating: "a", count: 4090) }.joined(separator: "\r\n")),
      431),
    .init("H20 64 KiB", field("X-A: " + String(repeating: "a", count: 65536)), 431),
    .init("H33 two Authorization", field("Authorization: Bearer a\r\nAuthorization: Bearer b"), 400),
    .init("J41 two Content-Type", field("Content-Type: a/b\r\ncontent-type: a/b"), 400),
  ]

  static let lines: [GuardCase] = [
    .init("H11 NUL in the path", Array("GET /a\0b HTTP/1.1\r\n\(host)\r\n".utf8), 400),
    .init("H15 absolute", "GET http://evil/x HTTP/1.1\r\n\(host)\r\n", 400),
    .init("H15 CONNECT", "CONNECT h:443 HTTP/1.1\r\n\(host)\r\n", 400),
    .init("H15 asterisk", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", 400),
    .init("H16 get", "get /a HTTP/1.1\r\n\(host)\r\n", 501),
    .init("H16 FOO", "FOO /a HTTP/1.1\r\n\(host)\r\n", 501),
    .init("H16 no token", "F(O /a HTTP/1.1\r\n\(host)\r\n", 400),
    .init("H17 0.9", "GET /a\r\n", 400),
    .init("H17 1.2", "GET /a HTTP/1.2\r\n\(host)\r\n", 505),
    .init("H17 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    .init("H17 9.9", "GET /a HTTP/9.9\r\n\(host)\r\n", 505),
    .init("H19 target", get("/" + String(repeating: "a", count: 8192)), 414, closes: false),
    .init("H19 query", get("/a?" + String(repeating: "a", count: 4097)), 414, closes: false),
    .init("H21 500", get("/a?" + (0..<500).map { "a\($0)=1" }.joined(separator: "&")), 400, closes: false),
    .init("H21 65", get("/a?" + (0..<65).map { "a\($0)=1" }.joined(separator: "&")), 400, closes: false),
    .init("H21 2000", get("/a?" + (0..<2000).map { "a\($0)=1" }.joined(separator: "&")), 414, closes: false),
    .init("two blanks", "GET  /a HTTP/1.1\r\n\(host)\r\n", 400),
    .init("two blanks behind", "GET /a  HTTP/1.1\r\n\(host)\r\n", 400, closes: false),
    .init("blank at the end", "GET /a HTTP/1.1 \r\n\(host)\r\n", 400),
    .init("blank in the target", "GET /a b HTTP/1.1\r\n\(host)\r\n", 400, closes: false),
    path("H22 %2e%2e", "/a/%2e%2e/b"), path("H22 ..", "/v1/../v1/jobs"), path("H22 .", "/a/./b"),
    path("H22 .%2e", "/a/.%2E"), path("H22 %2f", "/a%2fb"), path("H22 %5c", "/a%5Cb"),
    path("H22 \\", "/a\\b"),
    path("H22 %00", "/a%00b"), path("H22 %zz", "/a%zz"), path("H22 %4", "/a%4"), path("H22 %", "/a%"),
    path("H22 %u0041", "/%u0041"), path("H22 //", "//a"), path("H22 a//b", "/a//b"), path("H22 ;", "/a;x=1"),
    path("H22 #", "/a#b"), path("H22 raw UTF-8", "/é"), path("H22 raw UTF-8 query", "/a?x=é"),
    path("K07 %ff", "/a%ff"), path("K07 overlong", "/%c0%af"), path("K07 surrogate", "/%ed%a0%80"),
    path("K08 %0a", "/a%0a"), path("K08 %7f", "/a%7f"), path("query %00", "/a?x=%00"),
    path("query %", "/a?x=%2"),
    path("quote", "/a\"b"), path("half of ƒ", "/%C6"),
    .init(
      "raw half of ƒ", Array("GET /".utf8) + [0xC6] + Array(" HTTP/1.1\r\n\(host)\r\n".utf8), 400,
      closes: false),
  ]

  static let accepted: [GuardCase] = [
    .init("plain", get("/a"), 200, closes: false),
    .init("root", get("/"), 200, closes: false),
    .init("ƒ", get("/v1/jobs/ƒabc"), 200, closes: false),
    .init("encoded ƒ", get("/v1/jobs/%C6%92abc"), 200, closes: false),
    .init("empty query", get("/a?"), 200, closes: false),
    .init(
      "64 arguments", get("/a?" + (0..<64).map { "a\($0)=1" }.joined(separator: "&")), 200, closes: false),
    .init("double encoding", get("/a/%252e%252e/b"), 200, closes: false),
    .init("trailing slash", get("/a/"), 200, closes: false),
    .init("no blank behind the colon", field("X-A:b\r\nX-B: \t c \t\r\nX-C:\r\nX-D: "), 200, closes: false),
    .init("8-bit value", field("X-A: é"), 200, closes: false),
    .init("64 fields", field((1...63).map { "X-\($0): y" }.joined(separator: "\r\n")), 200, closes: false),
    .init("cookies", field("Cookie: a=b; c=\"d e\"\r\nX-B: b"), 200, closes: false),
    .init("H18 upgrade", field("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings"), 200, closes: false),
    .init("leading lines", "\r\n\r\n" + get("/a"), 200, closes: false),
    .init("CHUNKED", post("Transfer-Encoding: CHUNKED", "5\r\nhello\r\n0\r\n\r\n"), 200, closes: false),
    .init("extension", post("Transfer-Encoding: chunked", "5;a=b\r\nhello\r\n0\r\n\r\n"), 200, closes: false),
    .init(
      "H27 trailers",
      post("Transfer-Encoding: chunked", "0\r\nAuthorization: Bearer t\r\nHost: x\r\n\r\n"), 200,
      closes: false),
    .init("empty POST", post("Content-Length: 0"), 200, closes: false),
    .init("facade", "DELETE /facade HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhello", 200, closes: false),
    .init("IPv6 host", "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200, closes: false),
    .init("1.0", "GET /a HTTP/1.0\r\n\r\n", 200),
    .init("asked to close", field("Connection: close"), 200),
  ]

  @Test("Every nasty request gets the status it is owed", arguments: framing + fields + lines + accepted)
  func table(_ row: GuardCase) throws {
    let application = TestApplication()
    let server = try makeServer(application, threads: 1)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(row.request)
    let response = try #require(client.readResponse(hasBody: !row.id.contains("HEAD")))
    #expect(response.status == row.status, "\(response.head)")
    #expect(!client.timedOut)
    // The probe shows whether the connection is still good.
    if row.closes {
      #expect(response.closes || row.id == "1.0")
      client.send(Self.get("/probe"))
      #expect(client.readResponse() == nil)
      #expect(!client.timedOut)
    } else {
      client.send(Self.get("/probe"))
      #expect(client.readResponse()?.status == 200)
    }
    #expect(!application.admitted.contains("/smuggled"))
    #expect(application.admitted.contains("/probe") == !row.closes)
    // A body can only turn out bad after its head was admitted.
    let isBadBody = row.id.hasPrefix("H25") || row.id.hasPrefix("H26")
    #expect(application.admitted.filter { $0 != "/probe" }.count == (row.status == 200 || isBadBody ? 1 : 0))
  }

  @Test("A request line without blanks is not answered at all") func noBlanks() throws {
    let server = try makeServer(TestApplication(), threads: 1)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("GET\t/a\tHTTP/1.1\r\n\(Self.host)\r\n")
    #expect(client.endsNow())
  }

  @Test("Path, query and fields arrive decoded, trimmed and in order") func decoded() throws {
    let server = try makeServer(
      TestApplication { head in
        let fields = head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        let text =
          "\(head.path)\(head.query.map { [$0.name, $0.value] })\(fields) \(head.header("x-b") ?? "nil")"
        return .refuse(HTTPResponse(status: 200, body: Array(text.utf8)))
      }, threads: 1)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(
      "GET /a%20b/ƒx/?q=1+2&x=%26%3d&y&=z&& HTTP/1.1\r\nHost: h:80\r\nX-b: \t v w \t\r\nX-B:2\r\n\r\n")
    let expected =
      #"["a b", "ƒx", ""][["q", "1+2"], ["x", "&="], ["y", ""], ["", "z"], ["", ""], ["", ""]]"#
      + "Host=h:80|X-b=v w|X-B=2 v w"
    #expect(client.readResponse()?.text == expected)
  }
}

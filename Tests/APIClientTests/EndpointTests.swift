import APIClient
import Glibc
import Testing

@Suite("Finding the broker")
struct EndpointTests {
  /// A state folder with the given files, for the time of `body`.
  private func withState(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = "/tmp/endpoint-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    precondition(mkdir(folder, 0o700) == 0)
    for (name, text) in files {
      let file = fopen("\(folder)/\(name)", "w")!
      fputs(text, file)
      fclose(file)
    }
    defer {
      for name in files.keys { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    try body(folder)
  }

  private func find(_ environment: [String: String], uri: String? = nil, tokenFile: String? = nil) throws
    -> BrokerEndpoint
  {
    try EndpointSettings(uri: uri, tokenFile: tokenFile, environment: environment).endpoint()
  }

  @Test("The state folder is SLUICE_STATE, else in XDG_STATE_HOME, else in the home folder")
  func stateFolder() {
    func folder(_ environment: [String: String]) -> String {
      EndpointSettings(environment: environment).stateFolder
    }
    #expect(folder(["SLUICE_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/s")
    #expect(folder(["SLUICE_STATE": "", "XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/x/sluice")
    #expect(folder(["HOME": "/h"]) == "/h/.local/state/sluice")
  }

  @Test("One's own broker is called by its socket, else by what it announced, with the owner's token")
  func own() throws {
    let announced = #"{"uri":"https://127.0.0.1:8443/","pid":1,"version":"0.1.0"}"#
    let files = ["broker.json": announced, "ca.pem": "x", "owner.token": "secret\n"]
    try withState(files) { folder in
      let found = try find(["SLUICE_STATE": folder])
      #expect(found.place == .address("https://127.0.0.1:8443"))
      #expect(found.authorityFile == "\(folder)/ca.pem")
      #expect(found.token == BrokerEndpoint.Token("secret"))
    }
    try withState(files.merging(["sluice.sock": ""]) { $1 }) { folder in
      let found = try find(["SLUICE_STATE": folder])
      #expect(found == BrokerEndpoint(place: .socket("\(folder)/sluice.sock")))
    }
  }

  @Test("The owner's token and authority go to no other broker")
  func others() throws {
    let files = ["broker.json": #"{"uri":"https://127.0.0.1:8443"}"#, "ca.pem": "x", "owner.token": "secret"]
    try withState(files) { folder in
      let other = try find(["SLUICE_STATE": folder], uri: "https://evil.example")
      #expect(other == BrokerEndpoint(place: .address("https://evil.example")))
      let same = try find(["SLUICE_STATE": folder], uri: "https://127.0.0.1:8443")
      #expect(same.token == BrokerEndpoint.Token("secret"))
      let otherName = try find(["SLUICE_STATE": folder], uri: "https://localhost:8443")
      #expect(otherName.token == same.token && otherName.authorityFile == "\(folder)/ca.pem")
      for uri in ["https://localhost:9", "https://localhost", "https://localhost:8443.evil.example"] {
        #expect(try find(["SLUICE_STATE": folder], uri: uri).token == nil, "\(uri)")
      }
    }
  }

  @Test("A token comes from --token-file, else SLUICE_TOKEN, else SLUICE_TOKEN_FILE")
  func tokens() throws {
    try withState(["a": "one\n", "b": "two", "bad": "a b"]) { folder in
      let environment = [
        "SLUICE_TOKEN": "three", "SLUICE_TOKEN_FILE": "\(folder)/b", "SLUICE_URI": "https://h",
      ]
      let found = [
        try find(environment, tokenFile: "\(folder)/a"), try find(environment),
        try find(["SLUICE_TOKEN_FILE": "\(folder)/b", "SLUICE_URI": "https://h"]),
      ]
      #expect(found.map(\.token) == ["one", "three", "two"].map { BrokerEndpoint.Token($0) })
      #expect(throws: ClientError.self) { try find(environment, tokenFile: "\(folder)/bad") }
      #expect(throws: ClientError.self) { try find(environment, tokenFile: "\(folder)/absent") }
    }
  }

  @Test("A URI is an https address or a socket's path, and nothing else")
  func uris() throws {
    #expect(try find([:], uri: "HTTPS://h:1//").place == .address("https://h:1"))
    #expect(try find([:], uri: "/run/s.sock").place == .socket("/run/s.sock"))
    #expect(try find([:], uri: "unix:/run/s.sock").place == .socket("/run/s.sock"))
    #expect(try find([:], uri: "local:///run/s.sock").place == .socket("/run/s.sock"))
    for bad in ["http://h", "h:1", "", "https://", "https://h/path", "https://u@h", "https://h?x", "unix:s"] {
      #expect(throws: ClientError.self, "\(bad)") { try find([:], uri: bad) }
    }
  }

  @Test("Without a broker the error says how to get one; a token never prints itself")
  func nothing() throws {
    let error = #expect(throws: ClientError.self) { try find(["SLUICE_STATE": "/nonexistent"]) }
    #expect(error?.description.contains("sluice start") == true)
    let token = try #require(BrokerEndpoint.Token("secret"))
    #expect(!"\(token)".contains("secret"))
  }
}

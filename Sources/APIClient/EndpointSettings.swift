import JSONText
import Vocabulary

/// What a person gave on the command line and in the environment, from which the broker is found.
public struct EndpointSettings: Sendable {
  public var uri: String?
  public var tokenFile: String?
  public var authorityFile: String?
  public var environment: [String: String]

  public init(
    uri: String? = nil, tokenFile: String? = nil, authorityFile: String? = nil, environment: [String: String]
  ) {
    self.uri = uri
    self.tokenFile = tokenFile
    self.authorityFile = authorityFile
    self.environment = environment
  }

  /// The folder in which a broker of this user keeps its socket, its authority and its owner's token.
  public var stateFolder: String {
    if let folder = given("SLUICE_STATE") { return folder }
    if let folder = given("XDG_STATE_HOME") { return "\(folder)/sluice" }
    return "\(given("HOME") ?? "/")/.local/state/sluice"
  }

  /// The broker that these settings name: an explicit URI first, else the one of the state folder.
  public func endpoint() throws(ClientError) -> BrokerEndpoint {
    guard let text = uri ?? given("SLUICE_URI") else { return try localEndpoint() }
    if let path = Self.socketPath(text) {
      return BrokerEndpoint(place: .socket(path), token: try chosenToken())
    }
    guard let address = Self.address(text) else {
      throw ClientError(
        "'\(text)' names no broker", advice: "Give https://host:port, or the path of a broker's socket.")
    }
    // The owner's token and authority belong to the broker of the state folder, and go to no other: an address
    // of this machine with its port is taken for it, and its certificate has to prove that.
    let isOwn = ownAddress.map { Self.onThisMachine($0) == Self.onThisMachine(address) } ?? false
    return BrokerEndpoint(
      place: .address(address), authorityFile: chosenAuthorityFile ?? (isOwn ? ownAuthorityFile : nil),
      token: try chosenToken() ?? (isOwn ? ownToken : nil))
  }

  private func localEndpoint() throws(ClientError) -> BrokerEndpoint {
    let socket = "\(stateFolder)/sluice.sock"
    if TextFile.exists(socket) { return BrokerEndpoint(place: .socket(socket), token: try chosenToken()) }
    guard let address = ownAddress else {
      throw ClientError(
        "No broker of yours is running (there is no \(socket))",
        advice: "Start one with 'sluice start', or name one with --uri or SLUICE_URI.")
    }
    return BrokerEndpoint(
      place: .address(address), authorityFile: chosenAuthorityFile ?? ownAuthorityFile,
      token: try chosenToken() ?? ownToken)
  }

  /// The token given explicitly: `--token-file`, then `SLUICE_TOKEN`, then `SLUICE_TOKEN_FILE`.
  private func chosenToken() throws(ClientError) -> BrokerEndpoint.Token? {
    if tokenFile == nil, let text = given("SLUICE_TOKEN") {
      guard let token = BrokerEndpoint.Token(text) else { throw ClientError("SLUICE_TOKEN holds no token") }
      return token
    }
    guard let path = tokenFile ?? given("SLUICE_TOKEN_FILE") else { return nil }
    guard let text = TextFile.read(path) else {
      throw ClientError("The token file \(path) cannot be read", advice: "Check its path and its mode.")
    }
    guard let token = BrokerEndpoint.Token(text) else { throw ClientError("The file \(path) holds no token") }
    return token
  }

  private var chosenAuthorityFile: String? { authorityFile ?? given("SLUICE_CA_FILE") }

  /// The address that the broker of the state folder announced.
  private var ownAddress: String? {
    guard let text = TextFile.read("\(stateFolder)/broker.json"),
      let announced = try? JSONText.parse(Array(text.utf8)), let uri = announced["uri"]?.string
    else { return nil }
    return Self.address(uri)
  }

  private var ownAuthorityFile: String? {
    let path = "\(stateFolder)/ca.pem"
    return TextFile.exists(path) ? path : nil
  }

  private var ownToken: BrokerEndpoint.Token? {
    TextFile.read("\(stateFolder)/owner.token").flatMap { BrokerEndpoint.Token($0) }
  }

  private func given(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The path in `/path`, `./path`, `unix:/path` or `local:///path`.
  private static func socketPath(_ text: String) -> String? {
    for prefix in ["unix://", "local://", "unix:"] where text.hasPrefix(prefix) {
      let path = String(text.dropFirst(prefix.count))
      return path.hasPrefix("/") ? path : nil
    }
    return text.hasPrefix("/") || text.hasPrefix("./") ? text : nil
  }

  /// One spelling for all names of this machine's loopback.
  private static func onThisMachine(_ address: String) -> String {
    for name in ["localhost", "127.0.0.1", "[::1]"] {
      let prefix = "https://\(name):"
      if address.hasPrefix(prefix) { return "https://localhost:" + address.dropFirst(prefix.count) }
    }
    return address
  }

  /// `https://authority` in lower-case scheme, without slashes at the end; `nil` for anything with a path.
  private static func address(_ text: String) -> String? {
    guard text.lowercased().hasPrefix("https://") else { return nil }
    var authority = text.dropFirst("https://".count)
    while authority.last == "/" { authority.removeLast() }
    guard !authority.isEmpty, !authority.contains(where: { "/?#@".contains($0) || $0.isWhitespace }) else {
      return nil
    }
    return "https://\(authority)"
  }
}

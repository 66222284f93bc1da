/// Where a broker is, whom to believe there, and who one is.
public struct BrokerEndpoint: Sendable, Equatable {
  public enum Place: Sendable, Equatable {
    /// A Unix socket: the kernel tells the broker who calls.
    case socket(String)
    /// `https://host:port`, without a slash at the end.
    case address(String)
  }

  public let place: Place
  /// PEM file; `nil` believes the system's authorities.
  public let authorityFile: String?
  public let token: Token?

  public init(place: Place, authorityFile: String? = nil, token: Token? = nil) {
    self.place = place
    self.authorityFile = authorityFile
    self.token = token
  }

  /// For messages.
  public var name: String {
    switch place {
    case .socket(let path): path
    case .address(let url): url
    }
  }

  /// A bearer token that does not print itself.
  public struct Token: Sendable, Equatable, CustomStringConvertible {
    let secret: String

    /// `nil` unless it can stand in an `Authorization` header (RFC 6750, section 2.1).
    public init?(_ text: String) {
      let secret = text.trimmingBlanks
      guard !secret.isEmpty, secret.utf8.allSatisfy({ (33...126).contains($0) }) else { return nil }
      self.secret = secret
    }

    public var description: String { "(token withheld)" }
  }
}

extension String {
  /// Without blanks and line ends on either side.
  var trimmingBlanks: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}

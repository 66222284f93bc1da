/// A namespace of the key-value store, as a caller names it.
public struct KeySpace: Sendable, Equatable {
  public let name: String
  /// Whose namespace; `nil` leaves it to the broker: the caller's own, or the shared one of that name.
  public let user: String?

  public init(_ name: String, user: String? = nil) {
    self.name = name
    self.user = user
  }

  /// The namespace as a URL path, with more segments behind it.
  func path(_ segments: String...) throws(ClientError) -> String {
    var path = "/v1/kvs/" + (try Self.segment(name))
    for segment in segments { path += "/" + (try Self.segment(segment)) }
    return path
  }

  func query(_ items: [(String, String?)] = []) -> [(String, String)] {
    (items + [("user", user)]).compactMap { name, value in value.map { (name, $0) } }
  }

  /// A name as one segment. Dots alone would climb about in the path before the request is even sent
  /// (RFC 3986, section 5.2.4), and no name consists of them.
  static func segment(_ name: String) throws(ClientError) -> String {
    guard !name.isEmpty, name != ".", name != ".." else {
      throw ClientError(
        "'\(name)' names nothing here", advice: "A key or name has at least one character that is no dot.")
    }
    return URLText.encode(name)
  }
}

/// A request's line and header fields, after the guard passed them.
///
/// The bytes are kept in one buffer; strings are made on demand, since most fields are never asked for.
public struct HTTPRequestHead: Sendable {
  /// The segments of the path: split on `/` first, then decoded; `/a/` ends with an empty one, `/` has none.
  public let path: [String]
  public let query: [QueryItem]
  public let peer: Peer
  /// Bytes of the announced body; nil without `Content-Length`.
  public let contentLength: Int?
  public let isChunked: Bool
  public let method: String
  let storage: HeadStorage

  init(
    method: String, path: [String], query: [QueryItem], peer: Peer, contentLength: Int?, isChunked: Bool,
    storage: HeadStorage
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.peer = peer
    self.contentLength = contentLength
    self.isChunked = isChunked
    self.storage = storage
  }

  /// The target as it came, percent-encoding and all.
  public var rawTarget: String { storage.text(0..<storage.targetLength) }

  /// Whether a body of at least one byte, or of unknown length, follows.
  public var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

  public var headers: [HeaderField] {
    storage.fields.map { HeaderField(name: storage.text($0.name), value: storage.text($0.value)) }
  }

  /// The value of the first field of that name, which must be in lower case; nil if there is none.
  public func header(_ lowercaseName: String) -> String? {
    storage.field(named: lowercaseName.utf8).map { storage.text($0.value) }
  }
}

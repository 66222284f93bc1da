/// How the tasks of one attempt reach the broker, sent with their start order.
///
/// Holds a secret, so it never describes itself: nothing that prints an order or an attempt shows the token.
struct JobAccess: Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Becomes `SLUICE_URI`.
  var uri: String?
  /// Goes to the file that `SLUICE_TOKEN_FILE` names, and nowhere else.
  var token: String?

  var description: String { "(access withheld)" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }

  func write(to writer: inout ByteWriter) {
    writer.put(uri) { $0.put($1) }
    writer.put(token) { $0.put($1) }
  }

  init(uri: String? = nil, token: String? = nil) {
    self.uri = uri
    self.token = token
  }

  init(from reader: inout ByteReader) throws(ProtocolError) {
    uri = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in try r.text() }
    token = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in try r.text() }
  }
}

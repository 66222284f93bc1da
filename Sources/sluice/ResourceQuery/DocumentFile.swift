import Glibc
import JSONText
import Jobspec
import ResourceFormats
import ResourceGraph
import Vocabulary

/// A file that a person names on the command line or in a script.
struct DocumentFile {
  let path: String
  let bytes: [UInt8]

  /// 10,000,000 vertices of JGF would be 3 GB; whoever tries that needs a larger limit.
  private static let maximumBytes = 1 << 30
  private static let pieceBytes = 64 << 10

  init(_ path: String) throws(QueryFault) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.fault(path, "opened") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.fault(path, "read") }
      if count == 0 { break }
      bytes += piece.prefix(count)
      guard bytes.count <= Self.maximumBytes else {
        throw QueryFault("\(path) has more than \(Self.maximumBytes) bytes")
      }
    }
    self.bytes = bytes
  }

  private static func fault(_ path: String, _ done: String) -> QueryFault {
    let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    return QueryFault("\(path) cannot be \(done): \(reason)")
  }

  private var isYAML: Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

  /// Whether the first member is JGF's own: then the text is read in one pass, without a tree of values.
  private var beginsWithGraph: Bool {
    guard !isYAML else { return false }
    var rest = bytes[...]
    for token in ["{", "\"graph\""] {
      rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
      guard rest.starts(with: token.utf8) else { return false }
      rest = rest.dropFirst(token.utf8.count)
    }
    return true
  }

  // MARK: Documents

  /// A graph: JGF, R or a recipe, whatever the file holds.
  func graph() throws(QueryFault) -> GraphDocument {
    if beginsWithGraph { return try converted { () throws(FormatError) in try JGFText.read(bytes) } }
    let value: JSONValue
    do throws(JSONSyntaxError) {
      value = isYAML ? try yaml() : try JSONText.parse(bytes, limits: .graph, root: .any)
    } catch {
      // Only JGF, which is read without a tree of values, may be larger than that.
      guard error.isTooLarge, !isYAML else { throw fault(error) }
      return try converted { () throws(FormatError) in try JGFText.read(bytes) }
    }
    return try converted { () throws(FormatError) in
      if value["execution"] != nil { return try GraphDocument(resourceSet: value) }
      if value["graph"] != nil, !isYAML { return try JGFText.read(bytes) }
      return try Recipe.read(value)
    }
  }

  /// A jobspec, or the short form of a submission.
  func jobspec() throws(QueryFault) -> Jobspec {
    let value: JSONValue
    do throws(JSONSyntaxError) {
      value = isYAML ? try yaml() : try JSONText.parse(bytes)
    } catch {
      throw fault(error)
    }
    do throws(InvalidDocument) {
      if value["version"] != nil || value["resources"] != nil { return try Jobspec.parse(value) }
      return try SubmissionRequest.parse(value).jobspec
    } catch {
      throw QueryFault(error, in: path)
    }
  }

  private func converted(
    _ read: () throws(FormatError) -> GraphDocument
  ) throws(QueryFault) -> GraphDocument {
    do throws(FormatError) { return try read() } catch { throw QueryFault(error, in: path) }
  }

  private func fault(_ error: JSONSyntaxError) -> QueryFault {
    QueryFault("\(path): line \(error.line), column \(error.column): \(error.reason)")
  }

  private func yaml() throws(JSONSyntaxError) -> JSONValue {
    var reader = YAMLDocument(limits: .graph)
    return try reader.read(bytes)
  }
}

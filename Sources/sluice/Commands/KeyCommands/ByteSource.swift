import APIClient
import Cryptography
import Glibc
import Vocabulary

/// The bytes of a value to be stored: few enough to be held, or in a file that can be read twice.
///
/// A blob is named by its digest, so its bytes are read before they are sent.
final class ByteSource {
  private static let pieceBytes = 256 << 10

  /// What the file begins with; all there is, unless `isLarge`.
  private(set) var head: [UInt8] = []
  private(set) var isLarge = false
  private var descriptor: CInt = -1
  private let name: String

  /// A text of the command line.
  init(_ bytes: [UInt8]) throws(ClientError) {
    name = "the value"
    head = bytes
    guard bytes.count > BrokerClient.largestValue else { return }
    isLarge = true
    descriptor = try Self.scratchFile()
    try keep(bytes)
  }

  /// - Parameter path: `-` is the standard input.
  init(path: String) throws(ClientError) {
    name = path == "-" ? "the standard input" : path
    let source = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw Self.failure("\(name) cannot be opened") }
    descriptor = source
    while head.count <= BrokerClient.largestValue {
      let piece = try read()
      if piece.isEmpty { return }
      head += piece
    }
    isLarge = true
    if lseek(source, 0, SEEK_CUR) < 0 || path == "-" { try spool() }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// `sha256-…` of all bytes of a large source.
  func blobName() throws(ClientError) -> String {
    try rewind()
    var message = SHA256()
    while true {
      let piece = try read()
      if piece.isEmpty { break }
      message.update(piece)
    }
    return "sha256-\(message.finish().hex)"
  }

  /// - Parameter limit: above it, an error.
  func allBytes(upTo limit: Int) throws(ClientError) -> [UInt8] {
    guard isLarge else { return head }
    try rewind()
    var all: [UInt8] = []
    while all.count <= limit {
      let piece = try read()
      if piece.isEmpty { return all }
      all += piece
    }
    throw ClientError("\(name) is longer than \(limit) bytes")
  }

  /// Stores the bytes of a large source.
  func upload(as blob: String, _ client: BrokerClient) throws(ClientError) {
    try rewind()
    // A file that is cut short meanwhile has another digest, which the broker refuses.
    try client.storeBlob(blob) { [self] in
      guard let piece = try? read(), !piece.isEmpty else { return nil }
      return piece
    }
  }

  /// A pipe is read once: what came and what comes goes into a file without a name.
  private func spool() throws(ClientError) {
    let source = descriptor
    defer { close(source) }
    descriptor = try Self.scratchFile()
    try keep(head)
    while true {
      let piece = try read(source)
      if piece.isEmpty { return }
      try keep(piece)
    }
  }

  private static func scratchFile() throws(ClientError) -> CInt {
    let folder = ProcessEnvironment.current["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var path = Array("\(folder)/sluice-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { throw failure("\(folder) takes no file") }
    unsafe unlink(path)
    return descriptor
  }

  private func keep(_ bytes: [UInt8]) throws(ClientError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure("\(name) cannot be kept in a file") }
      rest = rest.dropFirst(count)
    }
  }

  private func rewind() throws(ClientError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure("\(name) cannot be read twice") }
  }

  /// Empty at the end.
  private func read() throws(ClientError) -> [UInt8] { try read(descriptor) }

  private func read(_ descriptor: CInt) throws(ClientError) -> [UInt8] {
    while true {
      var count = 0
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, filled in
        count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        filled = max(0, count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure("\(name) cannot be read") }
      return piece
    }
  }

  private static func failure(_ text: String) -> ClientError {
    ClientError("\(text): \(unsafe String(cString: strerror(errno)))")
  }
}

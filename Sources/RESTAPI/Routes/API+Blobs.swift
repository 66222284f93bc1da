import BrokerCore
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Synchronization
import Vocabulary

extension API {
  static var blobRoutes: [Route] {
    [
      Route(
        "PUT", "/v1/blobs/{digest}",
        .pieces(types: []) { api, context throws(Problem) in try BlobUploading(api: api, context: context) }),
      Route(
        "GET", "/v1/blobs/{digest}", produces: [MediaTypes.anything],
        .none { api, context throws(Problem) in try api.readBlob(context) }),
    ]
  }

  private func readBlob(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    guard let digest = BlobName.digest(context.parameters[0]) else { throw Self.badBlobName }
    return try blobReply(digest, owner: context.attribution.principal.userID, .octetStream, [], context)
  }

  /// Whose blobs the keys of a namespace name.
  func blobOwner(of id: NamespaceID) -> UInt32 { id.isInstances ? configuration.ownerUserID : id.userID }

  static let badBlobName = Problem(400, "bad_blob_name", "a blob is named sha256- and 64 lower-case hexadecimal digits")

  /// The bytes, whole or the range that was asked for.
  func blobReply(
    _ digest: Digest, owner: UInt32, _ type: MediaType, _ headers: [HeaderField], _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    guard let size = configuration.blobs.size(of: digest, owner: owner) else { throw .notFound }
    let tag = "\"\(KeyRendering.root(digest))\""
    var fields = headers.isEmpty ? [HeaderField(name: "ETag", value: tag)] : headers
    if headers.isEmpty, context.head.header("if-none-match").map({ $0 == tag || $0 == "*" }) ?? false {
      fields.append(HeaderField(name: "X-Request-Id", value: context.requestID))
      return .now(HTTPResponse(status: 304, headers: fields))
    }
    fields += [
      HeaderField(name: "Content-Type", value: type.text), HeaderField(name: "Accept-Ranges", value: "bytes"),
      HeaderField(name: "X-Request-Id", value: context.requestID),
      HeaderField(name: "Cache-Control", value: "no-store"),
    ]
    fields += Self.sandbox
    let range = context.head.header("range").map { ByteRange($0, size: size) } ?? .whole
    let bounds: Range<Int>
    switch range {
    case .whole: bounds = 0..<size
    case .part(let part):
      bounds = part
      fields.append(
        HeaderField(name: "Content-Range", value: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"))
    case .unsatisfiable:
      var problem = Problem(416, "range_not_satisfiable", "the blob has \(size) bytes")
      problem.extraHeaders = [HeaderField(name: "Content-Range", value: "bytes */\(size)")]
      throw problem
    }
    if case .part = range, bounds.count <= BlobSource.pieceBytes {
      return readLater(context) { [self, fields] () throws(Problem) in
        let bytes = configuration.blobs.read(digest, owner: owner, offset: bounds.lowerBound, limit: bounds.count)
        return HTTPResponse(status: 206, headers: fields, body: bytes ?? [])
      }
    }
    guard !bounds.isEmpty else { return .now(HTTPResponse(status: 200, headers: fields)) }
    let source = BlobSource(api: self, digest: digest, owner: owner, bounds)
    var status = 200
    if case .part = range { status = 206 }
    return .stream(HTTPStreamResponse(status: status, headers: fields, length: bounds.count, source: source))
  }
}

/// One range of a representation.
/// - Source: RFC 9110 §14.2: several ranges, and what is none, may be ignored.
enum ByteRange: Equatable {
  case whole
  case part(Range<Int>)
  case unsatisfiable

  init(_ field: String, size: Int) {
    self = .whole
    guard field.hasPrefix("bytes="), !field.contains(",") else { return }
    let parts = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let numbers = Self.numbers(parts) else { return }
    switch numbers {
    case (let first?, let last?):
      guard first <= last else { return }
      self = first < size ? .part(first..<min(size, last + 1)) : .unsatisfiable
    case (let first?, nil): self = first < size ? .part(first..<size) : .unsatisfiable
    case (nil, let suffix?): self = suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .unsatisfiable
    case (nil, nil): return
    }
  }

  private static func numbers(_ parts: [Substring]) -> (Int?, Int?)? {
    for part in parts where !part.utf8.allSatisfy({ (48...57).contains($0) }) || part.utf8.count > 15 { return nil }
    return (Int(parts[0]), Int(parts[1]))
  }
}

/// Takes a blob in as it arrives.
private final class BlobUploading: BodyReceiver {
  private let api: API
  private let context: RequestContext
  private let digest: Digest
  private let upload: any BlobReceiving

  init(api: API, context: RequestContext) throws(Problem) {
    _ = try QueryReader(context.head, allowing: [])
    guard let digest = BlobName.digest(context.parameters[0]) else { throw API.badBlobName }
    guard let upload = api.configuration.blobs.begin(owner: context.attribution.principal.userID) else {
      throw Problem(Unavailability.storageFull)
    }
    self.api = api
    self.context = context
    self.digest = digest
    self.upload = upload
  }

  func receive(_ chunk: UnsafeRawBufferPointer, resume: BodyResumer) -> BodyProgress {
    switch unsafe upload.write(chunk) {
    case .more: return .more
    case .tooLarge:
      upload.abandon()
      return .stop(Self.tooLarge.response(requestID: context.requestID))
    case .failed:
      upload.abandon()
      return .stop(Problem(Unavailability.storageFull).response(requestID: context.requestID))
    }
  }

  private static let tooLarge = Problem(413, "body_too_large", "the blob is larger than a blob may be")

  func finish() -> HTTPReply {
    let (upload, digest, context) = (upload, digest, context)
    return api.readLater(context) { () throws(Problem) in
      switch upload.finish(expecting: digest) {
      case .stored(let bytes):
        return Answers.object(201, context.requestID) { writer in
          writer.field("blob", KeyRendering.root(digest))
          writer.field("size", bytes)
        }
      case .mismatch: throw Problem(422, "digest_mismatch", "the bytes have another digest than the blob's name")
      case .tooLarge: throw Self.tooLarge
      case .failed: throw Problem(Unavailability.storageFull)
      }
    }
  }

  func abandoned() { upload.abandon() }
}

/// Sends a blob piece by piece; each piece is read on a reader's thread.
private final class BlobSource: StreamSource {
  static let pieceBytes = 256 * 1_024

  private struct State {
    var next: Int
    var rest: ArraySlice<UInt8> = []
    var isReading = false
    var hasFailed = false
    var waker: StreamWaker?
  }

  private let api: API
  private let digest: Digest
  private let owner: UInt32
  private let end: Int
  private let state: Mutex<State>

  init(api: API, digest: Digest, owner: UInt32, _ bounds: Range<Int>) {
    self.api = api
    self.digest = digest
    self.owner = owner
    end = bounds.upperBound
    state = Mutex(State(next: bounds.lowerBound))
  }

  func attach(_ waker: StreamWaker) { state.withLock { $0.waker = waker } }

  func closed() {}

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      if count > 0 { return .wrote(count) }
      if state.hasFailed || state.next >= end { return .finished }
      if !state.isReading { read(&state) }
      return .nothingYet
    }
  }

  private func read(_ state: inout State) {
    let (offset, limit) = (state.next, min(Self.pieceBytes, end - state.next))
    state.isReading = true
    let isTaken = api.readers.submit { [self] in
      let bytes = api.configuration.blobs.read(digest, owner: owner, offset: offset, limit: limit)
      let waker = self.state.withLock { state in
        state.isReading = false
        state.rest = (bytes ?? [])[...]
        state.next += state.rest.count
        state.hasFailed = state.rest.isEmpty
        return state.waker
      }
      waker?.wake()
    }
    guard !isTaken else { return }
    state.isReading = false
    state.hasFailed = true
  }
}

import CMicrohttpd
import Synchronization

/// Hands responses to the library.
enum ResponseWriter {
  /// A body up to this size is copied, which is cheaper than an object that keeps it alive.
  private static let copyLimit = 4096
  /// Streams to HTTP/1.0 clients get blocks of this size; HTTP/1.1 uses the connection's own memory.
  private static let blockSize = 1024

  static func queue(_ response: HTTPResponse, on connection: OpaquePointer, closing: Bool) -> MHD_Result {
    guard let made = unsafe make(body: response.body) else { return .NO }
    defer { unsafe mhd_destroy_response(made) }
    unsafe add(response.headers, to: made)
    if closing || response.closesConnection { unsafe mhd_add_response_header(made, "Connection", "close") }
    return unsafe mhd_queue_response(connection, UInt32(response.status), made)
  }

  static func queue(
    _ stream: HTTPStreamResponse, on connection: OpaquePointer, core: ServerCore, isHead: Bool
  ) -> MHD_Result {
    if isHead, stream.length == nil {
      // 0.9.75 sends the last chunk of a stream also for HEAD, which would be taken for the next answer:
      // so the head goes out alone, with a length of 0.
      stream.source.closed()
      let head = HTTPResponse(status: stream.status, headers: stream.headers)
      return unsafe queue(head, on: connection, closing: core.isDraining.load(ordering: .relaxed))
    }
    let session = unsafe StreamSession(
      source: stream.source, connection: ConnectionReference(connection), core: core)
    session.start()
    // Balanced by the free callback, which the library calls when it drops the response.
    let context = unsafe Unmanaged.passRetained(session).toOpaque()
    guard
      let made = unsafe mhd_create_response_from_callback(
        stream.length.map { UInt64($0) } ?? UInt64.max, blockSize, readStream, context, freeStream)
    else {
      unsafe freeStream(context)
      return .NO
    }
    defer { unsafe mhd_destroy_response(made) }
    unsafe add(stream.headers, to: made)
    return unsafe mhd_queue_response(connection, UInt32(stream.status), made)
  }

  /// Answers in the middle of an upload, where the library cannot, and leaves the closing to the caller.
  static func sendPast(_ response: HTTPResponse, on connection: OpaquePointer) {
    let reason = unsafe String(cString: mhd_get_reason_phrase_for(UInt32(response.status)))
    var text = "HTTP/1.1 \(response.status) \(reason)\r\nConnection: close\r\n"
    for field in response.headers { text += "\(field.name): \(field.value)\r\n" }
    text += "Content-Length: \(response.body.count)\r\n\r\n"
    let bytes = Array(text.utf8) + response.body
    unsafe bytes.withUnsafeBytes { unsafe mhd_send_past(connection, $0.baseAddress, $0.count) }
  }

  private static func make(body: [UInt8]) -> OpaquePointer? {
    guard body.count > copyLimit else {
      return unsafe body.withUnsafeBytes { bytes in
        unsafe mhd_create_response_from_buffer(
          bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
      }
    }
    // The box keeps the array, and so its storage, until the library drops the response; nobody else has
    // the box, so nothing can make the array move.
    let box = BodyBox(body)
    let context = unsafe Unmanaged.passRetained(box).toOpaque()
    let made = unsafe box.bytes.withUnsafeBytes { bytes in
      unsafe mhd_create_response_from_buffer_with_free_callback_cls(
        bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), freeBody, context)
    }
    if unsafe made == nil { unsafe freeBody(context) }
    return unsafe made
  }

  private static func add(_ fields: [HeaderField], to response: OpaquePointer) {
    for field in fields {
      // The library refuses a field with a line end in it; the response goes out without.
      unsafe mhd_add_response_header(response, field.name, field.value)
    }
  }
}

private final class BodyBox {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// `MHD_ContentReaderFreeCallback` of a body that is kept alive.
private func freeBody(_ context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Unmanaged<BodyBox>.fromOpaque(context).release()
}

/// `MHD_ContentReaderCallback` of a stream.
private let readStream: MHD_ContentReaderCallback = { context, _, buffer, capacity in
  guard let context = unsafe context, let buffer = unsafe buffer else {
    return MHD_CONTENT_READER_END_WITH_ERROR
  }
  let session = unsafe Unmanaged<StreamSession>.fromOpaque(context)
  let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
  return unsafe session._withUnsafeGuaranteedRef { unsafe $0.read(into: bytes) }
}

/// `MHD_ContentReaderFreeCallback` of a stream.
private func freeStream(_ context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Unmanaged<StreamSession>.fromOpaque(context).takeRetainedValue().end()
}

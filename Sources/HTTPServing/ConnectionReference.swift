import CMicrohttpd

/// A connection of the library.
///
/// `@unchecked Sendable`: the library allows `MHD_resume_connection` from any thread; every other use is
/// on the connection's own thread, and `Suspension` keeps the pointer only while the connection is parked.
@safe struct ConnectionReference: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

  func suspend() { unsafe MHD_suspend_connection(pointer) }
  func resume() { unsafe MHD_resume_connection(pointer) }
}

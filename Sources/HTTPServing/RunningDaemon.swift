import CMicrohttpd

/// The library's daemon, from start to stop.
///
/// `@unchecked Sendable`: the pointers never change, and the library's quiesce and stop may be called from
/// any thread; `HTTPServer` calls each once, under its lock.
@safe final class RunningDaemon: @unchecked Sendable {
  /// Bytes of a connection's pool: head, header table and the head of the answer share it, and streams hand
  /// out what is left of it.  The library clears all of it after every request, so it should stay small; up to
  /// 32 KiB it takes it from the heap and touches it all, above that it maps it, and a page that a stream never
  /// uses costs nothing (0.9.75, `MHD_pool_create`).
  private static let connectionMemory = 36 * 1024
  /// Room above our own limit, so that it is ours that is met; the library divides it among its threads.
  private static let spareConnections = 128

  private let daemon: OpaquePointer
  private let socket: ListenSocket
  /// Balanced in `stop`, after the library's last callback.
  private let core: Unmanaged<ServerCore>
  private let log: UnsafeMutablePointer<mhd_log_target>

  /// Nil if the library refuses.
  init?(
    core: ServerCore, socket: ListenSocket, _ configuration: HTTPServerConfiguration, priorities: String
  ) {
    let retained = unsafe Unmanaged.passRetained(core)
    let log = UnsafeMutablePointer<mhd_log_target>.allocate(capacity: 1)
    unsafe log.initialize(to: mhd_log_target(sink: logLine, context: retained.toOpaque()))
    let threads = configuration.threads
    let started = unsafe Self.withIdentity(configuration.tls, priorities) { certificate, key, priorities in
      var options = unsafe mhd_server_options(
        listen_socket: socket.descriptor, threads: UInt32(threads),
        connections: UInt32((configuration.limits.connections + Self.spareConnections) * threads),
        idle_timeout_s: UInt32(max(1, configuration.limits.idleTimeout.rounded(.up))),
        connection_memory: Self.connectionMemory, certificate: certificate, key: key, priorities: priorities,
        log: log, on_accept: acceptPolicy, on_connection: connectionChanged, on_target: targetArrived,
        on_access: requestArrived, on_completed: requestCompleted, context: retained.toOpaque())
      return unsafe mhd_server_start(&options)
    }
    guard let daemon = unsafe started else {
      unsafe retained.release()
      unsafe log.deallocate()
      return nil
    }
    unsafe self.daemon = daemon
    unsafe self.core = retained
    unsafe self.log = log
    self.socket = socket
  }

  /// Stops accepting; the listening socket is ours again.
  func quiesce() { _ = unsafe mhd_quiesce_daemon(daemon) }

  /// Closes every connection, waits for the threads and frees everything; nothing may be parked.
  func stop() {
    unsafe mhd_stop_daemon(daemon)
    socket.shut()
    unsafe core.release()
    unsafe log.deallocate()
  }

  private static func withIdentity(
    _ identity: TLSIdentity?, _ priorities: String,
    _ body: (UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> OpaquePointer?
  ) -> OpaquePointer? {
    guard let identity else { return unsafe body(nil, nil, nil) }
    return unsafe identity.certificateChainPEM.withCString { certificate in
      unsafe identity.privateKeyPEM.withCString { key in
        unsafe priorities.withCString { unsafe body(certificate, key, $0) }
      }
    }
  }
}

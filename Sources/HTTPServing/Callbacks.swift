import CMicrohttpd
import Glibc
import Synchronization

// The doors through which the library enters: each recovers its objects and calls one function.  `context`
// is the `ServerCore`, which lives until the library has stopped; a connection's context is the
// `Connection`, retained from STARTED to CLOSED, and a request's context is the same pointer, unretained.

/// `MHD_AcceptPolicyCallback`.
let acceptPolicy: MHD_AcceptPolicyCallback = { context, address, _ in
  guard let context = unsafe context, let address = unsafe address else { return .NO }
  let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
  if core.table.admits(unsafe AddressKey(address), limits: core.limits) { return .YES }
  core.counters.refusedConnections.add(1, ordering: .relaxed)
  return .NO
}

/// `MHD_NotifyConnectionCallback`; CLOSED comes before the library closes the descriptor.
let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, slot, change in
  guard let context = unsafe context, let connection = unsafe connection, let slot = unsafe slot else {
    return
  }
  let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
  if change == .CONNECTION_NOTIFY_STARTED {
    let made = unsafe Connection.accepted(connection, core)
    core.table.add(made)
    let opaque = unsafe Unmanaged.passRetained(made).toOpaque()
    unsafe slot.pointee = opaque
    if let credentials = core.credentials.withLock({ $0 }) {
      made.credentials = credentials
      unsafe credentials.use(on: connection)
      made.handshakeWatch = core.handshakes
      unsafe mhd_read_through(connection, opaque, readRecords)
    }
  } else if let opaque = unsafe slot.pointee {
    unsafe slot.pointee = nil
    let closed = unsafe Unmanaged<Connection>.fromOpaque(opaque).takeRetainedValue()
    closed.handshake.detach()
    core.table.remove(closed)
    if closed.lingers {
      core.lingering.add(closed.descriptor, at: core.clock.milliseconds, limits: core.limits)
    }
  }
}

/// `gnutls_pull_func` of a connection: reads from its socket, and parks it when a handshake must wait.
private let readRecords: gnutls_pull_func = { context, buffer, capacity in
  guard let context = unsafe context else { return -1 }
  return unsafe Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { owner in
    let count = unsafe recv(owner.descriptor, buffer, capacity, 0)
    if count < 0, errno == EAGAIN, let watch = owner.handshakeWatch {
      watch.park(owner)
      errno = EAGAIN
    }
    return count
  }
}

/// What the library's header leaves without a name.
typealias TargetCallback =
  @convention(c) (
    UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
  ) -> UnsafeMutableRawPointer?

/// `MHD_OPTION_URI_LOG_CALLBACK`: the target before the library takes it apart.
let targetArrived: TargetCallback = { context, target, connection in
  guard let context = unsafe context, let connection = unsafe connection,
    let opaque = unsafe mhd_connection_context(connection)
  else { return nil }
  let core = unsafe Unmanaged<ServerCore>.fromOpaque(context)
  unsafe Unmanaged<Connection>.fromOpaque(opaque)._withUnsafeGuaranteedRef { owner in
    owner.target.removeAll(keepingCapacity: true)
    if let target = unsafe target {
      unsafe owner.target.append(contentsOf: UnsafeRawBufferPointer(start: target, count: strlen(target)))
      if ServerCore.knowsLayout { unsafe mhd_hide_query(target) }
    }
    unsafe core._withUnsafeGuaranteedRef { owner.beginRequest($0) }
  }
  return unsafe opaque
}

/// `MHD_AccessHandlerCallback`: once for the head, per piece of the body, and for the answer.
let requestArrived: MHD_AccessHandlerCallback = {
  context, connection, url, method, version, chunk, size, slot in
  guard let context = unsafe context, let connection = unsafe connection, let url = unsafe url,
    let method = unsafe method, let version = unsafe version, let size = unsafe size,
    let opaque = unsafe slot?.pointee
  else { return .NO }
  return unsafe Unmanaged<ServerCore>.fromOpaque(context)._withUnsafeGuaranteedRef { core in
    unsafe Unmanaged<Connection>.fromOpaque(opaque)._withUnsafeGuaranteedRef { owner in
      if case .targetKnown = owner.phase {
        return unsafe owner.headArrived(core, on: connection, url: url, method: method, version: version)
      }
      if unsafe size.pointee == 0 { return unsafe owner.answer(core, on: connection) }
      let bytes = unsafe UnsafeRawBufferPointer(start: chunk, count: size.pointee)
      return unsafe owner.bodyArrived(core, on: connection, chunk: bytes, size: size)
    }
  }
}

/// `MHD_RequestCompletedCallback`.
let requestCompleted: MHD_RequestCompletedCallback = { context, _, slot, _ in
  guard let context = unsafe context, let slot = unsafe slot, let opaque = unsafe slot.pointee else { return }
  unsafe slot.pointee = nil
  unsafe Unmanaged<ServerCore>.fromOpaque(context)._withUnsafeGuaranteedRef { core in
    unsafe Unmanaged<Connection>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.endRequest(core) }
  }
}

/// The sink of `mhd_log_target`.
let logLine: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { context, line in
  guard let context = unsafe context, let line = unsafe line else { return }
  let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
  var text = unsafe String(cString: line)
  if text.last == "\n" { text.removeLast() }
  core.log.write(text)
}

extension Connection {
  fileprivate static func accepted(_ connection: OpaquePointer, _ core: ServerCore) -> Connection {
    let descriptor = unsafe mhd_connection_descriptor(connection)
    let deadline = core.clock.milliseconds + UInt64(core.limits.headDeadline * 1000)
    let library = unsafe ConnectionReference(connection)
    guard !core.isUnix, let address = unsafe mhd_client_address(connection) else {
      return Connection(
        descriptor: descriptor, library: library, peer: unixPeer(descriptor), addressKey: nil,
        deadline: deadline)
    }
    return unsafe Connection(
      descriptor: descriptor, library: library, peer: .tcp(address: AddressKey.text(address)),
      addressKey: AddressKey(address), deadline: deadline)
  }

  /// Asked of the kernel once: the credentials are those of the moment of `connect`.
  private static func unixPeer(_ descriptor: Int32) -> Peer {
    // `struct ucred` of the kernel, which C hides from programs without _GNU_SOURCE.
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    let status = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
    precondition(status == 0, "a connected Unix socket has a peer")
    return .unix(uid: credentials.uid, gid: credentials.gid, pid: credentials.pid)
  }
}

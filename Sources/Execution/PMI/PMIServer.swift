/// The PMI-1 service of one attempt: what its tasks ask, and what each of them is answered.
///
///     attached ──init──► active ──finalize──► finalized
///                          └─mcmd=spawn─► spawning ──endcmd, refused──► active
///     any ──protocol error, or its connection ended──► gone
///
/// A value without descriptors or time. Every task of the attempt is served here, so barriers are counted here.
/// - Source: RFC 13.
struct PMIServer {
  enum Action: Equatable {
    case reply(rank: Int, line: String)
    case close(rank: Int)
    /// The attempt shall end.
    case abort(rank: Int, exitCode: Int32, message: String)
  }

  private enum Client: Equatable { case attached, active, spawning(lines: Int), finalized, gone }

  /// What the protocol itself leaves no other answer to than the end of the program.
  private struct Violation: Error { let reason: String }

  let name: String
  let size: Int
  private var clients: [Client]
  private var store: PMIStore
  private var isInBarrier: [Bool]
  private var barrierCount = 0

  /// - Parameters:
  ///   - name: of the key-value space: printable, without `=`, shorter than `PMILimits.nameBytes`.
  ///   - values: what the space holds from the start.
  init(name: String, size: Int, values: [String: String]) {
    self.name = name
    self.size = size
    clients = Array(repeating: .attached, count: size)
    isInBarrier = Array(repeating: false, count: size)
    store = PMIStore(values, taskCount: size)
  }

  /// Any task ever spoke the protocol.
  private(set) var isInUse = false

  /// This task left the program in order.
  func hasFinalized(_ rank: Int) -> Bool { clients[rank] == .finalized }

  /// Takes in one line of a task, without its line feed.
  mutating func receive(_ line: some Collection<UInt8>, from rank: Int) -> [Action] {
    do throws(Violation) {
      return try answer(PMIMessage(line), rank)
    } catch {
      return expel(rank, error.reason)
    }
  }

  /// Ends a connection that broke the protocol. Whoever has not even said init takes nobody along: it may be a
  /// program that only happened to find the descriptor.
  mutating func expel(_ rank: Int, _ reason: String) -> [Action] {
    let wasActive = clients[rank] != .attached && clients[rank] != .gone
    clients[rank] = .gone
    guard wasActive else { return [.close(rank: rank)] }
    return [.close(rank: rank), .abort(rank: rank, exitCode: 1, message: "PMI protocol error: \(reason)")]
  }

  /// The connection ended.
  mutating func detach(_ rank: Int) {
    if clients[rank] != .finalized { clients[rank] = .gone }
  }

  private mutating func answer(_ message: PMIMessage, _ rank: Int) throws(Violation) -> [Action] {
    switch clients[rank] {
    case .gone, .finalized: return []
    case .spawning(let lines): return try goOnSpawning(message, rank, lines + 1)
    case .attached:
      guard message["cmd"] == "init" else { throw Violation(reason: "no init first") }
      return try begin(message, rank)
    case .active: break
    }
    if isInBarrier[rank] { throw Violation(reason: "a request inside a barrier") }
    if message["mcmd"] == "spawn" {
      clients[rank] = .spawning(lines: 0)
      return []
    }
    guard let command = message["cmd"] else { throw Violation(reason: "no command") }
    return try carryOut(command, message, rank)
  }

  private mutating func begin(_ message: PMIMessage, _ rank: Int) throws(Violation) -> [Action] {
    guard let version = message.number("pmi_version"), let subversion = message.number("pmi_subversion") else {
      throw Violation(reason: "init without a version")
    }
    // Clients of later versions go on with this one.
    guard version > 1 || (version == 1 && subversion >= 1) else {
      return [.reply(rank: rank, line: "cmd=response_to_init rc=-1")]
    }
    clients[rank] = .active
    isInUse = true
    return [.reply(rank: rank, line: "cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1")]
  }

  private mutating func carryOut(
    _ command: Substring, _ message: PMIMessage, _ rank: Int
  ) throws(Violation) -> [Action] {
    switch command {
    case "get_maxes":
      return reply(
        rank,
        "cmd=maxes rc=0 kvsname_max=\(PMILimits.nameBytes) keylen_max=\(PMILimits.keyBytes) "
          + "vallen_max=\(PMILimits.valueBytes)")
    case "get_universe_size": return reply(rank, "cmd=universe_size rc=0 size=\(size)")
    case "get_appnum": return reply(rank, "cmd=appnum rc=0 appnum=0")
    case "get_my_kvsname": return reply(rank, "cmd=my_kvsname rc=0 kvsname=\(name)")
    case "put": return reply(rank, "cmd=put_result rc=\(try put(message).rawValue)")
    case "get": return reply(rank, try get(message))
    case "barrier_in": return enterBarrier(rank)
    case "publish_name": return refuse(rank, "publish_result")
    case "unpublish_name": return refuse(rank, "unpublish_result")
    case "lookup_name": return refuse(rank, "lookup_result")
    case "abort": return abort(message, rank)
    case "finalize":
      clients[rank] = .finalized
      return reply(rank, "cmd=finalize_ack rc=0") + [.close(rank: rank)]
    default: throw Violation(reason: "an unknown command")
    }
  }

  private func reply(_ rank: Int, _ line: String) -> [Action] { [.reply(rank: rank, line: line)] }

  /// Optional for process managers without dynamic processes.
  private func refuse(_ rank: Int, _ result: String) -> [Action] {
    reply(rank, "cmd=\(result) rc=\(PMIResult.failure.rawValue) msg=not_supported")
  }

  // MARK: Keys and values

  private mutating func put(_ message: PMIMessage) throws(Violation) -> PMIResult {
    guard let space = message["kvsname"], let key = message["key"], let value = message["value"] else {
      throw Violation(reason: "put without a name, key or value")
    }
    return space == name ? store.put(key, value) : .failure
  }

  private func get(_ message: PMIMessage) throws(Violation) -> String {
    guard let space = message["kvsname"], let key = message["key"] else {
      throw Violation(reason: "get without a name or key")
    }
    let (result, value) = space == name ? store.get(key) : (.failure, "")
    if result == .success { return "cmd=get_result rc=0 value=\(value)" }
    return "cmd=get_result rc=\(result.rawValue) msg=key_not_found"
  }

  // MARK: The barrier

  private mutating func enterBarrier(_ rank: Int) -> [Action] {
    isInBarrier[rank] = true
    barrierCount += 1
    guard barrierCount == size else { return [] }
    barrierCount = 0
    isInBarrier = Array(repeating: false, count: size)
    return (0..<size).map { .reply(rank: $0, line: "cmd=barrier_out rc=0") }
  }

  // MARK: Ends and processes

  /// The reply is an empty line; most clients do not wait for it. The exit code and the message are no part of
  /// RFC 13's request, but MPICH sends them.
  private mutating func abort(_ message: PMIMessage, _ rank: Int) -> [Action] {
    let code = message.number("exitcode").map { Int32(truncatingIfNeeded: $0) } ?? 1
    clients[rank] = .gone
    let text = message["message"] ?? message["error_msg"] ?? ""
    return [
      .reply(rank: rank, line: ""),
      .abort(rank: rank, exitCode: code, message: Self.readable(text)),
    ]
  }

  /// What a task said, fit for a record: one line of bounded length.
  private static func readable(_ text: Substring) -> String {
    String(
      decoding: text.utf8.prefix(PMILimits.messageBytes).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }

  private mutating func goOnSpawning(
    _ message: PMIMessage, _ rank: Int, _ lines: Int
  ) throws(Violation) -> [Action] {
    guard lines <= PMILimits.spawnLines else { throw Violation(reason: "a spawn without end") }
    guard message.isWord("endcmd") else {
      clients[rank] = .spawning(lines: lines)
      return []
    }
    clients[rank] = .active
    return refuse(rank, "spawn_result")
  }
}

import APIClient
import Glibc
import Vocabulary

/// Gives our standard input to a job while it runs.
enum InputForwarding {
  /// Read and sent at a time: what a pipe holds.
  private static let pieceBytes = 64 << 10

  /// Which tasks get our input; `nil`: it is not forwarded.
  ///
  /// - Parameter wanted: `all` or `0`, and then a terminal's input goes too; anything else names a file.
  static func readers(wanted: String?) -> String? {
    if let wanted { return ["all", "0"].contains(wanted) ? wanted : nil }
    var status = stat()
    guard unsafe fstat(STDIN_FILENO, &status) == 0 else { return nil }
    // Not a terminal, whose owner may type for another program, and not the null device.
    return [S_IFIFO, S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT) ? "all" : nil
  }

  /// Makes a submission ask for streamed input.
  static func ask(for readers: String, in request: inout JSONObject) {
    func within(_ object: JSONValue?, _ name: String, _ inner: (JSONValue?) -> JSONValue) -> JSONValue {
      var members = object?.object ?? [:]
      members[name] = inner(members[name])
      return .object(members)
    }
    let stdin = JSONValue.object(["type": .string("service"), "ranks": .string(readers)])
    request["attributes"] = within(request["attributes"], "system") { system in
      within(system, "shell") { shell in
        within(shell, "options") { options in
          within(options, "input") { input in within(input, "stdin") { _ in stdin } }
        }
      }
    }
  }

  /// On a thread of its own, until our input ends or the job takes no more.
  static func start(endpoint: BrokerEndpoint, id: String) {
    BackgroundThread.start {
      let client = BrokerClient(endpoint)
      client.outlastsRestarts = true
      do throws(ClientError) {
        try forward(client, id)
      } catch {
        // The job ended, or does not want to read: as when a pipe's reader is gone.
        guard error.problem?.status != 409 else { return }
        Console.note("\(Terminal.error.jobID(id)) gets no more input: \(error)")
      }
    }
  }

  private static func forward(_ client: BrokerClient, _ id: String) throws(ClientError) {
    try client.waitForStart(id)
    var offset = 0
    var buffer = [UInt8](repeating: 0, count: pieceBytes)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // An input that cannot be read has ended.
      let piece = Array(buffer.prefix(max(0, count)))
      try client.give(piece, to: id, at: offset, isLast: piece.isEmpty)
      if piece.isEmpty { return }
      offset += piece.count
    }
  }
}

import Testing

@testable import Execution

/// The PMI-1 service without descriptors: lines in, actions out.
@Suite("The PMI service") struct PMIServerTests {
  private static func server(_ size: Int) -> PMIServer {
    var server = PMIServer(name: "k", size: size, values: ["PMI_process_mapping": "(vector,(0,1,\(size)))"])
    for rank in 0..<size {
      #expect(
        server.ask(rank, "cmd=init pmi_version=1 pmi_subversion=1") == [
          .reply(rank: rank, line: "cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1")
        ])
    }
    return server
  }

  @Test("answers what it is asked, with keys in any order, extra keys and blanks")
  func answers() {
    var server = Self.server(2)
    let cases = [
      ("cmd=get_maxes", "cmd=maxes rc=0 kvsname_max=64 keylen_max=64 vallen_max=1024"),
      (" cmd=get_appnum\t", "cmd=appnum rc=0 appnum=0"), ("cmd=get_universe_size x=1", "cmd=universe_size rc=0 size=2"),
      ("a=b  cmd=get_my_kvsname", "cmd=my_kvsname rc=0 kvsname=k"),
      ("value=v=1 key=a   kvsname=k cmd=put", "cmd=put_result rc=0"),
      ("cmd=get kvsname=k key=a", "cmd=get_result rc=0 value=v=1"),
      ("cmd=get kvsname=k key=b", "cmd=get_result rc=4 msg=key_not_found"),
      ("cmd=get kvsname=k key=PMI_other", "cmd=get_result rc=0 value="),
      ("cmd=get kvsname=k key=PMI_process_mapping", "cmd=get_result rc=0 value=(vector,(0,1,2))"),
      ("cmd=get kvsname=other key=a", "cmd=get_result rc=-1 msg=key_not_found"),
      ("cmd=put kvsname=k key=a value=b c", "cmd=put_result rc=6"),
      ("cmd=publish_name service=s port=p", "cmd=publish_result rc=-1 msg=not_supported"),
      ("cmd=unpublish_name service=s", "cmd=unpublish_result rc=-1 msg=not_supported"),
      ("cmd=lookup_name service=s", "cmd=lookup_result rc=-1 msg=not_supported"),
    ]
    for (line, answer) in cases { #expect(server.ask(1, line) == [.reply(rank: 1, line: answer)], "\(line)") }
  }

  @Test("lets nobody out of a barrier before everybody is in, again and again")
  func barrier() {
    var server = Self.server(3)
    for _ in 0..<3 {
      #expect(server.ask(2, "cmd=barrier_in").isEmpty && server.ask(0, "cmd=barrier_in").isEmpty)
      let out = server.ask(1, "cmd=barrier_in")
      #expect(out == (0..<3).map { .reply(rank: $0, line: "cmd=barrier_out rc=0") })
    }
  }

  @Test("refuses a spawn as a whole, and goes on")
  func spawn() {
    var server = Self.server(1)
    for line in ["mcmd=spawn", "nprocs=2", "execname=./a b", "arg1=cmd=abort", "argcnt=1"] {
      #expect(server.ask(0, line).isEmpty)
    }
    #expect(server.ask(0, "endcmd") == [.reply(rank: 0, line: "cmd=spawn_result rc=-1 msg=not_supported")])
    #expect(server.ask(0, "cmd=get_appnum") == [.reply(rank: 0, line: "cmd=appnum rc=0 appnum=0")])
  }

  @Test("hands on an abort with its code and a message that is fit to be shown")
  func abort() {
    var server = Self.server(2)
    #expect(
      server.ask(1, "cmd=abort exitcode=7 message=no \u{1B}[31m luck").last
        == .abort(rank: 1, exitCode: 7, message: "no ?[31m luck"))
    #expect(server.ask(1, "cmd=get_appnum").isEmpty)
  }

  @Test("knows who left in order")
  func finalize() {
    var server = Self.server(2)
    #expect(
      server.ask(0, "cmd=finalize") == [.reply(rank: 0, line: "cmd=finalize_ack rc=0"), .close(rank: 0)])
    server.detach(0)
    #expect(server.hasFinalized(0) && !server.hasFinalized(1))
  }

  @Test(
    "ends a program that breaks the protocol",
    arguments: ["cmd=steal", "garbage", "", "cmd=put kvsname=k", "cmd=get", "\u{0}\u{FF}"])
  func violations(line: String) throws {
    var server = Self.server(2)
    let actions = server.ask(0, line)
    #expect(actions.first == .close(rank: 0))
    guard case .abort(0, 1, let message) = try #require(actions.last) else { return #expect(Bool(false)) }
    #expect(message.hasPrefix("PMI protocol error"))
    #expect(server.ask(1, "cmd=get_appnum").count == 1)
  }

  @Test("only closes the connection of one that never said init")
  func strangers() {
    var server = PMIServer(name: "k", size: 2, values: [:])
    #expect(server.ask(0, "hello") == [.close(rank: 0)] && !server.isInUse)
    #expect(
      server.ask(1, "cmd=init pmi_version=1 pmi_subversion=0") == [
        .reply(rank: 1, line: "cmd=response_to_init rc=-1")
      ])
  }

  @Test("bounds keys, values and what all of them take")
  func bounds() {
    var server = Self.server(1)
    func put(_ key: String, _ value: String) -> [PMIServer.Action] {
      server.ask(0, "cmd=put kvsname=k key=\(key) value=\(value)")
    }
    let long = String(repeating: "x", count: 1_023)
    #expect(put(String(repeating: "k", count: 64), "v") == [.reply(rank: 0, line: "cmd=put_result rc=5")])
    #expect(put("k", long + "x") == [.reply(rank: 0, line: "cmd=put_result rc=7")])
    var taken = 0
    while put("k\(taken)", long) == [.reply(rank: 0, line: "cmd=put_result rc=0")], taken < 1_000 { taken += 1 }
    #expect(taken == 63)
    #expect(put("z", long) == [.reply(rank: 0, line: "cmd=put_result rc=2")])
  }
}

extension PMIServer {
  fileprivate mutating func ask(_ rank: Int, _ line: String) -> [Action] { receive(Array(line.utf8), from: rank) }
}

import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// Where the output of tasks goes, and when it can be read there.
@Suite("Output") struct OutputTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  @Test("of an attempt is kept apart by stream, whole and private, and no file for a silent stream")
  func output() throws {
    let (id, _) = try shepherd.run("head -c 20000000 /dev/zero; echo problem >&2; exit 1")
    let path = OutputStore(stateDirectory: shepherd.directory).path(id, .output)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.size] as? Int == 20_000_000)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(shepherd.output(id, .error) == "problem\n")
    let (silent, _) = try shepherd.run("true")
    #expect(shepherd.output(silent) == nil && shepherd.output(silent, .error) == nil)
  }

  @Test("goes to the files that an order names, one file for both streams in order")
  func files() throws {
    try "hello\n".write(toFile: shepherd.path("in"), atomically: true, encoding: .utf8)
    let (_, end) = try shepherd.run("cat; echo oops >&2; echo done") {
      $0.input = "in"
      $0.output = "both"
      $0.error = "both"
      $0.umask = 0o027
    }
    #expect(end.waitStatus == 0)
    #expect(shepherd.text("both") == "hello\noops\ndone\n")
    let attributes = try FileManager.default.attributesOfItem(atPath: shepherd.path("both"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test("refuses to be a FIFO, a device, a directory or out of reach: then nothing starts")
  func refusedFiles() throws {
    mkfifo(shepherd.path("fifo"), 0o600)
    let reader = open(shepherd.path("fifo"), O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    for (path, expected) in [
      ("fifo", "output: EACCES"), ("/dev/zero", "output: EACCES"), ("/dev/tty", "output: E"),
      ("/tmp", "output: EISDIR"),
      ("missing/x", "output: ENOENT"),
    ] {
      let (_, end) = try shepherd.run("true") { $0.output = path }
      guard case .notStarted(let reason) = end.cause else {
        Issue.record("\(path): \(end)")
        continue
      }
      #expect(reason.hasPrefix(expected), "\(path): \(reason)")
    }
    #expect(try shepherd.run("true") { $0.output = "/dev/null" }.1.cause == .exited)
  }

  @Test("can be read while its task runs, and stays when the shepherd is killed")
  func running() throws {
    let id = try shepherd.start("echo early; echo problem >&2; sleep 60")
    try waitUntil("the output of a running task") {
      shepherd.output(id) == "early\n" && shepherd.output(id, .error) == "problem\n"
    }
    kill(try #require(shepherd.shepherdPID), SIGKILL)
    _ = try shepherd.recorder.joined(2)
    #expect(shepherd.output(id) == "early\n")
  }

  @Test("of an attempt never holds anything of another, whatever that did to its own files")
  func reuse() throws {
    // Attempts that leave their files empty and changed, each followed by one that writes.
    for damage in [
      "true", "chmod 777 /proc/self/fd/1", "truncate -s 5 /proc/self/fd/1; truncate -s 0 /proc/self/fd/1",
      "fallocate -n -l 4096 /proc/self/fd/1 || true", "echo written; : > /proc/self/fd/1",
      "exec perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, 0)'",
    ] {
      let (silent, first) = try shepherd.run(damage)
      #expect(first.waitStatus == 0, "\(damage)")
      #expect(shepherd.output(silent) == nil, "\(damage)")
      // Two processes that write in turns lose nothing only where writing appends.
      let (id, _) = try shepherd.run("for i in 1 2 3; do (echo $i); done; echo $i >> /proc/self/fd/1; echo end")
      #expect(shepherd.output(id) == "1\n2\n3\n3\nend\n", "\(damage)")
      let path = OutputStore(stateDirectory: shepherd.directory).path(id, .output)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(damage)")
    }
  }

  @Test("of a thousand silent attempts leaves no file and no descriptor behind")
  func silence() throws {
    _ = try shepherd.recorder.joined(1)
    let drafts = (0..<1_000).map { _ in OrderDraft(command: ["/bin/true"]) }
    shepherd.client.carryOut(drafts.map { .start($0.order) })
    for draft in drafts { #expect(try shepherd.recorder.end(of: draft.id, seconds: 60).waitStatus == 0) }
    let pid = try #require(shepherd.shepherdPID)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count < 200)
    #expect(drafts.allSatisfy { shepherd.output($0.id) == nil && shepherd.output($0.id, .error) == nil })
  }

  @Test("is kept where files without names are unknown as well", arguments: [true, false])
  func withoutUnnamedFiles(_ canBeUnnamed: Bool) throws {
    // It makes the directories.
    _ = try shepherd.recorder.joined(1)
    let store = OutputStore(stateDirectory: shepherd.directory)
    let files = OutputFiles(store, canBeUnnamed: canBeUnnamed)
    let ids = (1...4).map { AttemptID(job: JobID(1 << 60 + $0), attempt: 1) }
    var streams = ids.map { _ in StoredStream(stream: .output) }
    for (index, id) in ids.enumerated() {
      let number = try files.open(&streams[index], of: id)
      #expect(streams[index].isNamed == !canBeUnnamed)
      if index % 2 == 0 { #expect(write(number, "text", 4) == 4) }
    }
    // The first two live long, the others do not.
    for index in 0..<2 {
      files.name(&streams[index], of: ids[index])
      #expect(access(store.path(ids[index], .output), F_OK) == 0)
    }
    for (index, id) in ids.enumerated() {
      files.finish(&streams[index], of: id)
      #expect(shepherd.output(id) == (index % 2 == 0 ? "text" : nil))
      #expect(streams[index].descriptor == nil)
    }
  }
}

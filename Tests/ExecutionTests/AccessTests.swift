import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// What the tasks of an attempt are given besides their order: a token, and a directory for what they do not keep.
@Suite("Access") struct AccessTests {
  let shepherd: ShepherdHarness

  init() throws {
    shepherd = try ShepherdHarness(
      brokerURI: "https://broker:1", jobToken: { "secret-of-\($0.job.rawValue)-\($0.attempt)" })
  }

  private func lines(_ id: AttemptID) throws -> [String] {
    try #require(shepherd.output(id)).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("to the broker is told by the environment and one private file, which is gone with the attempt")
  func token() throws {
    let (id, _) = try shepherd.run(
      "cat $SLUICE_TOKEN_FILE; echo $SLUICE_TOKEN_FILE; stat -c %a $SLUICE_TOKEN_FILE; echo $SLUICE_URI"
    ) {
      $0.environment += [
        EnvironmentVariable(name: "SLUICE_TOKEN_FILE", value: "/theirs"),
        EnvironmentVariable(name: "SLUICE_URI", value: "https://theirs"),
      ]
    }
    let lines = try lines(id)
    #expect(lines[0] == "secret-of-\(id.job.rawValue)-1")
    #expect(lines[1].hasPrefix("/dev/shm/") || lines[1].hasPrefix(shepherd.directory))
    #expect(lines[2] == "600")
    #expect(lines[3] == "https://broker:1")
    #expect(access(lines[1], F_OK) != 0)
    var status = stat()
    #expect(stat((lines[1] as NSString).deletingLastPathComponent, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o700)
  }

  @Test("is given by no other way: not by arguments, not by the environment, not in a log")
  func secrecy() throws {
    let id = try shepherd.start("cat $SLUICE_TOKEN_FILE > seen; sleep 60")
    let secret = try shepherd.line(in: "seen")
    for pid in processNumbers() {
      for file in ["cmdline", "environ"] {
        let text = FileManager.default.contents(atPath: "/proc/\(pid)/\(file)") ?? Data()
        #expect(text.range(of: Data(secret.utf8)) == nil, "\(file) of \(pid)")
      }
    }
    shepherd.client.carryOut([.terminate(id, grace: .zero)])
    _ = try shepherd.recorder.end(of: id)
    #expect(shepherd.text("shepherd.log")?.contains(secret) != true)
    let access = JobAccess(uri: "u", token: secret)
    for text in ["\(access)", String(reflecting: access), "\(BrokerMessage.start(OrderDraft().order, access))"] {
      #expect(!text.contains(secret))
    }
    var dumped = ""
    dump(access, to: &dumped)
    #expect(!dumped.contains(secret))
  }

  @Test("of a killed shepherd's attempts is removed by the next one")
  func sweep() throws {
    _ = try shepherd.start("echo $SLUICE_TOKEN_FILE > path; echo $FLUX_JOB_TMPDIR > directory; sleep 60")
    let path = try shepherd.line(in: "path")
    let directory = try shepherd.line(in: "directory")
    try "x".write(toFile: directory + "/x", atomically: true, encoding: .utf8)
    #expect(access(path, F_OK) == 0)
    kill(try #require(shepherd.shepherdPID), SIGKILL)
    _ = try shepherd.recorder.joined(2)
    #expect(access(path, F_OK) != 0)
    try waitUntil("the removal of a temporary directory") { access(directory, F_OK) != 0 }
  }

  @Test("to a temporary directory is an attempt's alone: empty, private, and emptied afterwards")
  func directories() throws {
    var seen: Set<String> = []
    for damage in [
      "true", "echo x > $FLUX_JOB_TMPDIR/x", "mkdir -p $FLUX_JOB_TMPDIR/a/b; chmod 000 $FLUX_JOB_TMPDIR/a",
      "chmod 755 $FLUX_JOB_TMPDIR", "rmdir $FLUX_JOB_TMPDIR", "ln -s / $FLUX_JOB_TMPDIR/root",
      "echo x > $FLUX_JOB_TMPDIR/x; rm $FLUX_JOB_TMPDIR/x", "true",
    ] {
      let look = "ls -A $FLUX_JOB_TMPDIR; stat -c %a $FLUX_JOB_TMPDIR; echo $FLUX_JOB_TMPDIR"
      let (id, end) = try shepherd.run("\(look); \(damage)")
      let lines = try lines(id)
      #expect(end.waitStatus == 0 && lines[0] == "700", "\(damage): \(lines)")
      seen.insert(lines[1])
      try waitUntil("an empty directory after \(damage)") {
        ((try? FileManager.default.contentsOfDirectory(atPath: lines[1])) ?? []).isEmpty
      }
    }
    #expect(access("/etc", F_OK) == 0)
    // One after the other, so one directory served them all.
    #expect(seen.count == 1)
  }
}

import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// Whether this host can build MPI programs; the tests that need it say so when they are left out.
enum MPICompiler {
  static let path = ["/usr/bin/mpicc.mpich", "/usr/bin/mpicc", "/usr/local/bin/mpicc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
}

/// Real MPI programs of MPICH, which speak PMI-1 with the shepherd.
@Suite("MPI programs", .enabled(if: MPICompiler.path != nil, "SKIPPED: no mpicc here (Debian: mpich, libmpich-dev)"))
struct MPITests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  private func build(_ name: String) throws -> String {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: try #require(MPICompiler.path))
    compiler.arguments = ["-O1", sources.path + "/endtoend/mpi/\(name).c", "-o", shepherd.path(name)]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    return shepherd.path(name)
  }

  private func run(_ words: [String], _ count: Int, perNode: Int = 1_000) throws -> (String?, AttemptEnd, Double) {
    let began = Date()
    let (id, end) = try shepherd.run(words) {
      $0.tasks = (0..<count).map { TaskPlacement(node: $0 / perNode, localID: $0 % perNode, cpus: [], gpus: []) }
      $0.grace = .seconds(2)
    }
    let seconds = Date().timeIntervalSince(began)
    print("mpi \(words[0].split(separator: "/").last ?? "") of \(count): \(Int(seconds * 1_000)) ms")
    return (shepherd.output(id), end, seconds)
  }

  @Test("find each other, whatever their number", arguments: [2, 4, 8])
  func wireUp(count: Int) throws {
    let (output, end, _) = try run([try build("hello")], count)
    #expect(end.cause == .exited && end.waitStatus == 0)
    let lines = try #require(output).split(separator: "\n").sorted()
    #expect(lines == (0..<count).map { "rank \($0) of \(count), \(count) here" })
    #expect(try run([try build("ring")], count).0 == "sum \(count * (count - 1) / 2)\n")
    #expect(try run([try build("alltoall")], count).0 == "wrong 0\n")
  }

  @Test("end as a whole when one aborts, with its exit code")
  func abort() throws {
    let (_, end, seconds) = try run([try build("abort")], 4)
    guard case .aborted(1, 7, _) = end.cause else { return #expect(Bool(false), "\(end)") }
    #expect(end.waitStatus == 7 << 8 && seconds < 15)
  }

  @Test("end as a whole when one crashes")
  func crash() throws {
    let (_, end, seconds) = try run([try build("crash")], 4)
    #expect(end.cause == .taskFailed(rank: 1, waitStatus: end.waitStatus) && end.waitStatus & 0x7F == SIGSEGV)
    #expect(seconds < 15)
  }
}

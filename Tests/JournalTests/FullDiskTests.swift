import BrokerCore
import Foundation
import Testing
import Vocabulary

@testable import Journal

@Suite struct FullDiskTests {
  @Test("A full disk refuses appends, and heals when space returns") func heal() throws {
    let folder = try ScratchFolder()
    let mount = folder.inside("small")
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: false)
    guard run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", mount) else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = run("umount", mount) }
    let path = mount + "/state"
    let journal = try Journal.open(path).journal
    var script = LogScript()
    let spec = LogScript.spec()
    script.submit(100, spec)
    try journal.append(script.takeBatch())
    for cycle in 0..<5 {
      let ballast = mount + "/ballast"
      _ = run("dd", "if=/dev/zero", "of=\(ballast)", "bs=4k", "count=4096")
      script.submit(2_000, spec)
      let batch = script.takeBatch()
      #expect(throws: AppendFailure.full) { try journal.append(batch) }
      #expect(try journal.records(from: 1, limit: 1).first?.seq == 1)
      try FileManager.default.removeItem(atPath: ballast)
      try journal.append(batch)
      #expect(
        try journal.records(from: batch.records[0].seq, limit: 1).count == batch.records.count, "\(cycle)")
    }
    try journal.close()
    let opened = try Journal.open(path)
    #expect(opened.state.image == script.state.image)
    try opened.journal.close()
  }

  private func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

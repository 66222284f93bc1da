import BrokerCore
import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Journal

/// Whatever single thing is damaged: the start yields all that was acknowledged, or refuses.
@Suite struct DamageTests {
  let folder: ScratchFolder
  let original: String
  let copy: String
  let expected: [UInt8]

  /// A small log, part of it in the database and part in the write-ahead log, copied from a running journal.
  init() throws {
    folder = try ScratchFolder()
    original = folder.inside("original")
    copy = folder.inside("copy")
    let live = folder.inside("live")
    var configuration = JournalConfiguration()
    configuration.checkpointBytes = 1 << 40
    let journal = try Journal.open(live, configuration).journal
    var script = LogScript()
    for round in 0..<8 {
      let ids = script.submit(12, LogScript.spec(name: "n\(round)"))
      script.end(Array(ids.prefix(5)))
      try journal.append(script.takeBatch())
      if round == 2 || round == 4 { try journal.writeSnapshot(of: script.state) }
      if round == 3 { try journal.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) } }
    }
    try copyDirectory(live, to: original)
    expected = script.state.image
    try journal.close()
  }

  private static let files = ["journal.sqlite", "journal.sqlite-wal", "acknowledged"]

  @Test("Flipped bits are found or do not matter", arguments: files) func flips(_ file: String) throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SplitMix(seed: seed)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: original + "/" + file))
    try #require(!bytes.isEmpty)
    var refused = 0
    for _ in 0..<120 {
      var damaged = bytes
      damaged[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
      if try !startsComplete(file, damaged, "seed \(seed)") { refused += 1 }
    }
    // Every frame of the write-ahead log is acknowledged; much of the database is free or superseded pages.
    #expect(file != "journal.sqlite-wal" || refused > 60)
  }

  @Test("Truncations are found or do not matter", arguments: files) func truncations(_ file: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: original + "/" + file))
    let step = max(1, bytes.count / 100)
    for length in stride(from: 0, to: bytes.count, by: step) {
      _ = try startsComplete(file, bytes.prefix(length), "cut to \(length)")
    }
  }

  /// - Returns: whether it started; it must not start with less.
  private func startsComplete(_ file: String, _ bytes: Data, _ note: String) throws -> Bool {
    try copyDirectory(original, to: copy)
    try bytes.write(to: URL(fileURLWithPath: copy + "/" + file))
    do {
      let opened = try Journal.open(copy)
      #expect(opened.state.image == expected, "\(file): \(note)")
      try opened.journal.close()
      return true
    } catch {
      return false
    }
  }
}

struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

import BrokerCore
import Testing
import Vocabulary

@testable import Journal

@Suite("The file of a snapshot")
struct SnapshotFileTests {
  @Test("A chunk of any length is read as it was written")
  func longChunks() throws {
    let folder = try ScratchFolder()
    let frame = SnapshotFile.maximumFrame
    let lengths = [1, frame, frame + 1, 2 * frame, 1]
    let position = Position(epoch: 3, seq: 17)
    var file = try SnapshotFile.create(folder.inside("file"))
    for (index, length) in lengths.enumerated() { try file.append(chunk(index, length)) }
    let written = try file.finish(position, chain: .init(0, 0, 0, 0))
    let entry = SnapshotEntry(
      position: position, file: "file", bytes: written.bytes, digest: written.digest, chain: .init(0, 0, 0, 0))
    try SnapshotReader.verify(entry, in: folder.path)
    var reader = try SnapshotReader.open(entry, in: folder.path)
    for (index, length) in lengths.enumerated() {
      // Not in the expectation itself: a failed one would print it.
      let isEqual = try reader.next() == chunk(index, length)
      #expect(isEqual, "chunk \(index)")
    }
    #expect(try reader.next() == nil)
  }

  private func chunk(_ index: Int, _ length: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: UInt8(index + 1), count: length)
    bytes[length - 1] = 0xFF
    return bytes
  }
}

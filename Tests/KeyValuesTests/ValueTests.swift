import KeyValues
import Testing
import Vocabulary

@Suite struct ValueTests {
  private static let sizes = [0, 1, 100, 16_383, 16_384, 16_385, 32_768, 32_769, 40_000]

  private func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  private func digest(_ value: Value) -> Digest {
    Entry(revision: 1, mediaType: .json, content: .bytes(value)).digest(using: testDigest)
  }

  @Test("A value gives back its bytes, whole and from any place", arguments: sizes)
  func bytes(size: Int) {
    let bytes = pattern(size)
    let value = Value(bytes)
    #expect(value.count == size && value.bytes == bytes && Array(value.blocks.joined()) == bytes)
    for start in [0, 1, 16_383, 16_384, 16_385, size - 1, size, size + 1] where start >= 0 {
      #expect(value.bytes(from: start) == Array(bytes.dropFirst(start)))
    }
  }

  @Test("Appending makes the value that has the bytes of both", arguments: sizes)
  func appending(size: Int) {
    for more in [0, 1, 16_383, 16_384, 16_385] {
      let longer = Value(pattern(size)).appending(pattern(more, from: size))
      let whole = Value(pattern(size + more))
      #expect(longer == whole && digest(longer) == digest(whole))
      #expect(longer.blocks.map(\.count) == whole.blocks.map(\.count))
      #expect(longer.isExtension(of: Value(pattern(size))))
      #expect(more == 0 || !Value(pattern(size)).isExtension(of: longer))
      #expect(size == 0 || !longer.isExtension(of: Value(pattern(size, from: 1))))
    }
  }
}

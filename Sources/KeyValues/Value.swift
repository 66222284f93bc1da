/// The bytes of a value, in blocks of 16 KiB of which only the last may be shorter.
///
/// An append shares all full blocks with the value before it. Small values are one plain array.
public struct Value: Sendable {
  enum Storage: Sendable {
    /// At most one block's worth.
    case small([UInt8])
    /// Two blocks or more; all full but the last, which is not empty.
    case large([ValueBlock])
  }

  let storage: Storage

  init(storage: Storage) { self.storage = storage }

  public init(_ bytes: [UInt8]) {
    let size = KeyValueLimits.blockBytes
    guard bytes.count > size else {
      storage = .small(bytes)
      return
    }
    storage = .large(
      stride(from: 0, to: bytes.count, by: size).map {
        ValueBlock(Array(bytes[$0..<min($0 + size, bytes.count)]))
      })
  }

  public var count: Int {
    switch storage {
    case .small(let bytes): bytes.count
    case .large(let blocks): (blocks.count - 1) * KeyValueLimits.blockBytes + (blocks.last?.bytes.count ?? 0)
    }
  }

  /// All bytes in one array; copies those of a value of several blocks.
  public var bytes: [UInt8] {
    switch storage {
    case .small(let bytes): return bytes
    case .large(let blocks):
      var all: [UInt8] = []
      all.reserveCapacity(count)
      for block in blocks { all += block.bytes }
      return all
    }
  }

  /// The bytes in order, without copying any.
  public var blocks: [[UInt8]] {
    switch storage {
    case .small(let bytes): [bytes]
    case .large(let blocks): blocks.map(\.bytes)
    }
  }

  /// The bytes from `start` on; none when there are no more.
  ///
  /// - Precondition: `start` is not negative.
  public func bytes(from start: Int) -> [UInt8] {
    switch storage {
    case .small(let bytes): return Array(bytes.dropFirst(start))
    case .large(let blocks):
      let size = KeyValueLimits.blockBytes
      var rest: [UInt8] = []
      for (index, block) in blocks.enumerated() where (index + 1) * size > start {
        rest += block.bytes.dropFirst(max(0, start - index * size))
      }
      return rest
    }
  }

  /// This value with `more` after it; copies one block at most.
  public func appending(_ more: [UInt8]) -> Value {
    let size = KeyValueLimits.blockBytes
    var whole: [ValueBlock] = []
    var tail: [UInt8]
    switch storage {
    case .small(let bytes):
      guard bytes.count + more.count > size else { return Value(storage: .small(bytes + more)) }
      tail = bytes
    case .large(let blocks):
      whole = blocks
      tail = whole.last.map { $0.bytes.count < size ? $0.bytes : [] } ?? []
      if !tail.isEmpty { whole.removeLast() }
    }
    let taken = min(size - tail.count, more.count)
    tail += more[..<taken]
    if !tail.isEmpty { whole.append(ValueBlock(tail)) }
    for start in stride(from: taken, to: more.count, by: size) {
      whole.append(ValueBlock(Array(more[start..<min(start + size, more.count)])))
    }
    return Value(storage: .large(whole))
  }

  /// The same bytes, sharing no block whose digest is open; see `Node`.
  func detached() -> Value {
    guard case .large(let blocks) = storage else { return self }
    return Value(storage: .large(blocks.map { $0.digest == nil ? ValueBlock($0.bytes) : $0 }))
  }

  /// Whether this is `other` with more after it, or the same; blocks that both share are not looked at.
  public func isExtension(of other: Value) -> Bool {
    guard count >= other.count else { return false }
    for (mine, others) in zip(blocks, other.blocks) {
      if mine.count == others.count ? mine != others : !mine.starts(with: others) { return false }
    }
    return true
  }
}

extension Value: Equatable {
  public static func == (a: Self, b: Self) -> Bool { a.count == b.count && a.isExtension(of: b) }
}

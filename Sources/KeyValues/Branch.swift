/// The children of a node, ordered by their bytes, which differ; belongs to exactly one node.
///
/// The slots lie in the object itself, which is as large as they need: a list of its own would cost another object,
/// another miss of the caches a level, and room to grow.
///
/// Changed under the rule of `Node`.
final class Branch: ManagedBuffer<Branch.Header, Slot> {
  struct Header {
    /// Slots; never zero once the branch is a node's.
    var count: Int
    /// Of the whole subtree, the node's own entry included.
    var totals: Totals
  }

  /// - Parameter fill: initializes all slots.
  private static func make(
    count: Int, totals: Totals, _ fill: (UnsafeMutablePointer<Slot>) -> Void
  ) -> Branch {
    let buffer = Branch.create(minimumCapacity: count) { _ in Header(count: count, totals: totals) }
    unsafe buffer.withUnsafeMutablePointerToElements { unsafe fill($0) }
    // `create` makes an object of the class that it is called on.
    return unsafe unsafeDowncast(buffer, to: Branch.self)
  }

  static func make(_ slot: Slot, totals: Totals) -> Branch {
    unsafe make(count: 1, totals: totals) { unsafe $0.initialize(to: slot) }
  }

  /// - Precondition: `a` comes before `b`.
  static func make(_ a: Slot, _ b: Slot, totals: Totals) -> Branch {
    unsafe make(count: 2, totals: totals) {
      unsafe $0.initialize(to: a)
      unsafe ($0 + 1).initialize(to: b)
    }
  }

  deinit {
    _ = unsafe withUnsafeMutablePointers { header, slots in
      unsafe slots.deinitialize(count: header.pointee.count)
    }
  }

  /// As `slots`: reading `header` would check for overlapping access at run time, which `Node` explains away.
  private var head: UnsafeMutablePointer<Header> { unsafe withUnsafeMutablePointerToHeader { unsafe $0 } }

  var count: Int { unsafe head.pointee.count }

  var totals: Totals {
    get { unsafe head.pointee.totals }
    set { unsafe head.pointee.totals = newValue }
  }

  /// The slots, as long as the branch is alive; for changing one where it lies.
  var slots: UnsafeMutablePointer<Slot> { unsafe withUnsafeMutablePointerToElements { unsafe $0 } }

  /// - Precondition: `index` is within bounds.
  subscript(index: Int) -> Slot {
    precondition(index >= 0 && index < count, "index is within bounds")
    return unsafe slots[index]
  }

  func child(_ index: Int) -> Node {
    precondition(index >= 0 && index < count, "index is within bounds")
    return unsafe slots[index].node
  }

  // MARK: Finding

  /// Index of the first child whose byte is not less than `byte`.
  func lowerBound(_ byte: UInt8) -> Int {
    var low = 0
    var length = count
    while length > 0 {
      let half = length / 2
      if unsafe slots[low + half].byte < byte {
        low += half + 1
        length -= half + 1
      } else {
        length = half
      }
    }
    return low
  }

  /// Index of the child whose label starts with `byte`.
  func index(of byte: UInt8) -> Int? {
    let index = lowerBound(byte)
    return unsafe index < count && slots[index].byte == byte ? index : nil
  }

  // MARK: Other lists

  func copy() -> Branch {
    unsafe Branch.make(count: count, totals: totals) { unsafe $0.initialize(from: slots, count: count) }
  }

  /// This list with `slot` at `index`; the slots move over, and this branch is empty after it.
  func inserting(_ slot: Slot, at index: Int) -> Branch {
    let rest = count - index
    let longer = unsafe Branch.make(count: count + 1, totals: totals) { target in
      unsafe target.moveInitialize(from: slots, count: index)
      unsafe (target + index).initialize(to: slot)
      unsafe (target + index + 1).moveInitialize(from: slots + index, count: rest)
    }
    unsafe head.pointee.count = 0
    return longer
  }

  /// This list without the slot at `index`; the others move over, and this branch is empty after it.
  func removing(at index: Int) -> Branch {
    let rest = count - index - 1
    let shorter = unsafe Branch.make(count: count - 1, totals: totals) { target in
      unsafe target.moveInitialize(from: slots, count: index)
      unsafe (slots + index).deinitialize(count: 1)
      unsafe (target + index).moveInitialize(from: slots + index + 1, count: rest)
    }
    unsafe head.pointee.count = 0
    return shorter
  }
}

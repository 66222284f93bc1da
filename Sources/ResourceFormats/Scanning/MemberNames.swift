/// The names of one object so far, to find one that comes twice.
struct MemberNames {
  private var names: Set<ArraySlice<UInt8>> = []

  /// - Returns: whether the name is new.
  mutating func insert(_ name: ArraySlice<UInt8>) -> Bool { names.insert(name).inserted }
}

/// Tells an object's members apart by number and finds one that comes twice.
struct MemberTracker {
  private var seen: UInt32 = 0
  private var unknown = MemberNames()

  /// Names by the number that `next` returns.
  struct Names: Sendable {
    let packed: [UInt128]

    init(_ names: [StaticString]) { packed = names.map { PackedWord.pack($0) } }
  }

  static let node = Names(["id", "metadata"])
  static let metadata = Names([
    "type", "basename", "name", "id", "unit", "size", "rank", "status", "exclusive", "paths", "properties", "uniq_id",
  ])
  static let paths = Names(["containment"])
  static let edge = Names(["source", "target", "metadata"])
  static let edgeMetadata = Names(["subsystem", "relationship", "name"])
  static let graph = Names(["nodes", "edges"])
  static let document = Names(["graph", "scheduling"])

  func has(_ member: Int) -> Bool { seen & 1 << UInt32(member) != 0 }

  /// Reads a name and the colon after it.
  ///
  /// - Returns: its number in `names`; -1 for any other.
  /// - Throws: also when the name came before.
  mutating func next(_ scanner: inout TextScanner, _ names: Names) throws(FormatError) -> Int {
    let offset = scanner.index
    let text = try scanner.memberName()
    let slice = scanner.slice(text)
    if let packed = PackedWord.pack(slice) {
      for index in names.packed.indices where names.packed[index] == packed {
        guard !has(index) else { throw scanner.malformed("a member is named twice", at: offset) }
        seen |= 1 << UInt32(index)
        return index
      }
    }
    guard unknown.insert(slice) else { throw scanner.malformed("a member is named twice", at: offset) }
    return -1
  }
}

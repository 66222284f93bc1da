import Persistent

/// One level of a vertex's search tree: for each group, the most that one of its members has free of each type.
///
/// On the lowest level a group is one child. The 64 groups that make up one group of the next level lie beside each
/// other, type by type, so that searches read straight through them.
struct Maxima: Sendable {
  private var blocks = ChunkedArray<[Int64]>()
  /// Types a group.
  let stride: Int
  private(set) var groups = 0

  init(groups: Int, stride: Int) {
    self.stride = stride
    let empty = [Int64](repeating: 0, count: stride << Interior.groupBits)
    let count = (groups + Interior.groupWidth - 1) >> Interior.groupBits
    blocks = ChunkedArray(repeating: empty, count: count)
    self.groups = groups
  }

  subscript(group: Int, type: Int) -> Int64 {
    get { blocks[group >> Interior.groupBits][Self.place(group, type)] }
    set { blocks.modify(group >> Interior.groupBits) { $0[Self.place(group, type)] = newValue } }
  }

  /// What the members of a group of the next level have; see `place`. Those that do not exist have nothing.
  func block(_ group: Int) -> [Int64] { blocks[group] }

  /// Where a group's value lies in its block.
  static func place(_ group: Int, _ type: Int) -> Int {
    type << Interior.groupBits | group & (Interior.groupWidth - 1)
  }

  mutating func appendGroup() {
    if groups & (Interior.groupWidth - 1) == 0 {
      blocks.append(Array(repeating: 0, count: stride << Interior.groupBits))
    }
    groups += 1
  }

  /// The most that a member of a group of the level above has; looks no further once it has seen `bound`.
  func most(inGroup group: Int, _ type: Int, upTo bound: Int64) -> Int64 {
    let block = blocks[group]
    var most: Int64 = 0
    var place = Self.place(0, type)
    let end = place + Interior.groupWidth
    while place < end {
      most = max(most, block[place])
      if most == bound { return most }
      place += 1
    }
    return most
  }

  /// Works out the groups from `first` on, whose members are the groups of the level below.
  mutating func summarize(_ below: Maxima, from first: Int) {
    for group in first..<groups {
      for type in 0..<stride { self[group, type] = below.most(inGroup: group, type, upTo: .max) }
    }
  }
}

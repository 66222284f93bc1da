import ResourceGraph

/// Containment paths: a slash before each name, from the root on.
enum PathText {
  static let rule = "must be the names from the root on, a \"/\" before each, such as \"/cluster0/node0\""

  static func isPath(_ path: ArraySlice<UInt8>) -> Bool {
    guard path.first == UInt8(ascii: "/"),
      path.count <= GraphLimits.maximumDepth * (GraphLimits.maximumNameBytes + 1)
    else { return false }
    var start = path.startIndex + 1
    for index in path.indices.dropFirst() where path[index] == UInt8(ascii: "/") {
      guard GraphWords.isName(path[start..<index]) else { return false }
      start = index + 1
    }
    return GraphWords.isName(path[start...])
  }

  /// The last name of a path in the arena.
  static func last(of path: VertexDraft.Text, in arena: [UInt8]) -> VertexDraft.Text {
    let range = path.range
    guard let slash = arena[range].lastIndex(of: UInt8(ascii: "/")) else { return path }
    return VertexDraft.Text(start: UInt32(slash + 1), count: UInt32(range.upperBound - slash - 1))
  }
}

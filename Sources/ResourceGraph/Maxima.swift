import Persistent

/// One level of a vertex's search tree: for each group, the most that one of its members has free of each type.
struct Maxima: Sendable {
  private var values: ChunkedArray<Int64>
  /// Types a group.
  let stride: Int

  init(groups: Int, stride: Int) {
    self.stride = stride
    values = ChunkedArray(repeating: 0, count: groups * stride)
  }

  var groups: Int { stride == 0 ? 0 : values.count / stride }

  subscript(group: Int, type: Int) -> Int64 {
    get { values[group * stride + type] }
    set { values[group * stride + type] = newValue }
  }

  mutating func appendGroup() {
    for _ in 0..<stride { values.append(0) }
  }
}

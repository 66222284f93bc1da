import ResourceGraph

/// A vertex as a document describes it, before it has a place: 56 bytes, texts by number or place in the arena.
struct VertexDraft {
  /// A stretch of the collector's arena; empty: not given.
  struct Text {
    var start: UInt32 = 0
    var count: UInt32 = 0

    var isEmpty: Bool { count == 0 }
    var range: Range<Int> { Int(start)..<Int(start + count) }
  }

  var identifier: Int32 = -1
  var type: UInt16 = 0
  var basename: UInt16 = 0
  var unit: UInt16 = 0
  var status = VertexStatus.up
  /// Whether it has a place in a subsystem other than containment.
  var isElsewhere = false
  var hasID = false
  var hasName = false
  /// Whether the name is the basename and the id.
  var hasDefaultName = true
  var id: Int32 = -1
  var rank: Int32 = -1
  var size: Int64 = 1
  /// Number of the set of properties; 0 has none.
  var properties: Int32 = 0
  var name = Text()
  var path = Text()
}

/// An edge as a document describes it: identifiers by number.
struct EdgeDraft {
  var source: Int32
  var target: Int32
  var subsystem: UInt16
  var relationship: UInt16
}

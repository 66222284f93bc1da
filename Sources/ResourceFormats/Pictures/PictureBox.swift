import ResourceGraph
import Vocabulary

/// A vertex as a rectangle, and those of its children within; places are relative to the parent's.
struct PictureBox {
  let vertex: VertexID
  let view: VertexView
  let state: VertexState
  /// Thousandths of its size that are held; of pools, which are filled so far.
  let heldShare: Int
  /// Whether it has a strip with its name: hosts, and what holds something outside of them.
  let isTitled: Bool
  /// Children that are not drawn.
  let hidden: Int
  var children: [PictureBox] = []
  var x = 0
  var y = 0
  var width = 0
  var height = 0

  var isLeaf: Bool { children.isEmpty }
  var isPool: Bool { view.size != .one || !view.unit.isEmpty }
}

/// Measures of a drawing, in pixels; smaller the more hosts there are.
struct PictureScale {
  /// The side of a vertex without children.
  let cell: Int
  let gap: Int
  /// The height of a strip with a name, and of the letters in it.
  let strip: Int
  let font: Int
  /// Of strips above hosts.
  let outerStrip: Int
  let outerFont: Int

  init(hosts: Int) {
    switch hosts {
    case ...8: self.init(cell: 16, gap: 4, strip: 20, font: 13)
    case ...100: self.init(cell: 8, gap: 2, strip: 14, font: 10)
    default: self.init(cell: 5, gap: 1, strip: 10, font: 8)
    }
  }

  private init(cell: Int, gap: Int, strip: Int, font: Int) {
    self.cell = cell
    self.gap = gap
    self.strip = strip
    self.font = font
    outerStrip = max(strip, 16) + 2
    outerFont = max(font, 12)
  }

  /// What a name takes at most; sans-serif digits and letters are about 0.6 of their height wide.
  func width(of text: String, font: Int) -> Int { (text.unicodeScalars.count * font * 62 + 99) / 100 }
}

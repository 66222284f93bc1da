import ResourceGraph
import Vocabulary

/// Makes boxes of vertices and puts them beside each other on shelves, row by row, in the order of the graph.
struct PictureLayout {
  private let graph: ResourceGraph
  private let scale: PictureScale
  private let depth: Int

  init(_ picture: GraphPicture, scale: PictureScale) {
    graph = picture.graph
    self.scale = scale
    depth = picture.drawnDepth
  }

  func makeBox(of root: VertexID) -> PictureBox? { makeBox(of: root, VertexSurroundings(), depth, room: 0) }

  /// - Parameter room: what the name of the surrounding host makes it wide, at least.
  private func makeBox(
    of vertex: VertexID, _ outer: VertexSurroundings, _ depth: Int, room: Int
  ) -> PictureBox? {
    guard let view = graph.view(of: vertex) else { return nil }
    let (state, inner) = outer.entering(vertex, view, in: graph)
    let children = graph.children(of: vertex)
    let inside = (view.host == vertex ? titleWidth(view.name, isOuter: false) : room) - 2 * scale.gap
    let boxes = depth > 0 ? children.compactMap { makeBox(of: $0, inner, depth - 1, room: inside) } : []
    let share = graph.taken(of: vertex).thousandths * 1_000 / max(1, view.size.thousandths)
    var box = PictureBox(
      vertex: vertex, view: view, state: state, heldShare: Int(share),
      isTitled: view.host == vertex || view.host == nil && !children.isEmpty, hidden: children.count - boxes.count,
      children: boxes)
    place(&box, room: room)
    return box
  }

  // MARK: Places

  private func place(_ box: inout PictureBox, room: Int) {
    guard !box.isLeaf || box.isTitled else {
      box.width = box.isPool ? 3 * scale.cell : scale.cell
      box.height = scale.cell
      return
    }
    let isOuter = box.view.host == nil
    let gap = isOuter ? max(scale.gap, 3) + 1 : scale.gap
    let strip = box.isTitled ? (isOuter ? scale.outerStrip : scale.strip) : 0
    box.width = box.isTitled ? titleWidth(box.view.name, isOuter: isOuter) : max(0, room)
    let limit = max(targetWidth(box.children, gap: gap, isOuter: isOuter), box.width - 2 * gap)
    var x = gap
    var y = gap + strip
    var shelf = 0
    var previous: PictureBox?
    for index in box.children.indices {
      let child = box.children[index]
      // Another type begins another row, so that cores and gpus are told apart by place too.
      let isOther = previous.map { $0.view.type != child.view.type && ($0.isLeaf || child.isLeaf) } ?? false
      if x > gap, x - gap + child.width > limit || isOther && !isOuter {
        x = gap
        y += shelf + gap
        shelf = 0
      }
      box.children[index].x = x
      box.children[index].y = y
      x += child.width + gap
      shelf = max(shelf, child.height)
      box.width = max(box.width, x)
      previous = child
    }
    box.height = y + shelf + gap
    // A pool of a host has a row of its own, so that how much of it is held can be seen.
    if !isOuter {
      for index in box.children.indices where box.children[index].isPool && box.children[index].isLeaf {
        box.children[index].width = box.width - 2 * gap
      }
    }
    if box.children.isEmpty { box.height = strip + gap + (box.hidden > 0 && isOuter ? strip : 0) }
    if box.hidden > 0, isOuter { box.width = max(box.width, scale.width(of: box.note, font: scale.font) + 2 * gap) }
  }

  /// Of a name with room for the letter of any state, so that equal hosts are equally wide.
  private func titleWidth(_ name: String, isOuter: Bool) -> Int {
    scale.width(of: name + " M", font: isOuter ? scale.outerFont : scale.font) + 2 * scale.gap
  }

  /// A row's width that makes the whole about as wide as a page is.
  private func targetWidth(_ children: [PictureBox], gap: Int, isOuter: Bool) -> Int {
    let area = children.reduce(0) { $0 + ($1.width + gap) * ($1.height + gap) }
    let widest = children.map(\.width).max() ?? 0
    let aspect = isOuter ? 1.7 : 1.2
    return max(widest, Int((Double(area) * aspect).squareRoot()))
  }
}

extension PictureBox {
  /// The name, and the letter of the state for those who see no colours.
  var title: String { state.letter.isEmpty ? view.name : "\(view.name) \(state.letter)" }

  var note: String { "\(hidden) within not drawn" }

  /// What is shown when a pointer rests on it.
  func tooltip(path: String) -> String {
    var text = "\(path) (\(view.type)): \(state.name)"
    if isPool { text += ", \(view.size.text)\(view.unit)" }
    if isPool, state == .partlyHeld { text += ", \(heldShare / 10)% held" }
    if let drain = view.drain, !drain.reason.isEmpty { text += ": \(drain.reason)" }
    return text
  }
}

import ResourceGraph
import Vocabulary

/// Nested boxes, a legend, and thin lines for the other subsystems.
///
/// Colour, pattern and, on names, a letter say the same, so that one of them is enough.
struct SVGDrawing {
  private let picture: GraphPicture
  private var graph: ResourceGraph { picture.graph }
  private let scale: PictureScale

  private static let margin = 12
  private static let legendHeight = 26

  /// The middle of a box that an edge leads to or from.
  private struct Point {
    let x: Int
    let y: Int
  }

  init(_ picture: GraphPicture) {
    self.picture = picture
    var hosts = 0
    if let root = picture.root {
      picture.graph.forEachVertex(from: root, depth: picture.drawnDepth) { vertex in
        if picture.graph.rank(of: vertex) != nil { hosts += 1 }
      }
    }
    scale = PictureScale(hosts: hosts)
  }

  func draw(_ text: inout PictureText) {
    let box = picture.root.flatMap { PictureLayout(picture, scale: scale).makeBox(of: $0) }
    let width = max(box?.width ?? 0, Self.legendWidth) + 2 * Self.margin
    let height = (box?.height ?? 0) + 2 * Self.margin + Self.legendHeight
    text.line(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
        + "height=\"\(height)\" role=\"img\">")
    let name = picture.root.map { graph.path(of: $0) } ?? "no resources"
    text.line("<title>\(PictureText.xml(name))</title>")
    appendStyle(&text)
    legend(&text)
    if let box {
      let ends = edgeEnds()
      var points: [VertexID: Point] = [:]
      draw(box, path: name, Self.margin, Self.margin + Self.legendHeight, ends, &points, &text)
      edges(points, &text)
    }
    text.line("</svg>")
  }

  // MARK: Boxes

  private func draw(
    _ box: PictureBox, path: String, _ left: Int, _ top: Int, _ ends: Set<VertexID>,
    _ points: inout [VertexID: Point], _ text: inout PictureText
  ) {
    if ends.contains(box.vertex) { points[box.vertex] = Point(x: left + box.width / 2, y: top + box.height / 2) }
    let tooltip = "<title>\(PictureText.xml(box.tooltip(path: path)))</title>"
    guard !box.isLeaf || box.isTitled else { return cell(box, tooltip, left, top, &text) }
    let isOuter = box.view.host == nil
    let frame = isOuter ? "o" : box.isTitled ? "n" : "b"
    text.line(
      "<g>\(tooltip)<rect class=\"\(frame)\" x=\"\(left)\" y=\"\(top)\" width=\"\(box.width)\" "
        + "height=\"\(box.height)\" rx=\"\(isOuter ? 4 : 2)\"/>")
    if box.isTitled { strip(box, isOuter: isOuter, left, top, &text) }
    text.line("</g>")
    for child in box.children {
      draw(child, path: "\(path)/\(child.view.name)", left + child.x, top + child.y, ends, &points, &text)
    }
    guard box.hidden > 0, isOuter else { return }
    text.line(
      "<text class=\"note\" x=\"\(left + scale.gap + 2)\" y=\"\(top + box.height - 4)\">\(box.note)</text>")
  }

  private func strip(_ box: PictureBox, isOuter: Bool, _ left: Int, _ top: Int, _ text: inout PictureText) {
    let height = isOuter ? scale.outerStrip : scale.strip
    if !isOuter {
      text.append(
        "<rect class=\"s\(box.state.rawValue)\" x=\"\(left)\" y=\"\(top)\" width=\"\(box.width)\" "
          + "height=\"\(height)\" rx=\"2\"/>")
    }
    let ink = isOuter ? "outer" : "t\(box.state.rawValue)"
    text.append(
      "<text class=\"\(ink)\" x=\"\(left + scale.gap + 1)\" y=\"\(top + height * 3 / 4)\">"
        + "\(PictureText.xml(box.title))</text>")
  }

  /// A vertex without children; what is held of a pool fills it from the left.
  private func cell(_ box: PictureBox, _ tooltip: String, _ left: Int, _ top: Int, _ text: inout PictureText) {
    let isFilled = box.state == .partlyHeld
    let shape = "x=\"\(left)\" y=\"\(top)\" height=\"\(box.height)\""
    let round = box.view.type == "gpu" ? " rx=\"\(box.height / 2)\"" : ""
    let state = isFilled ? VertexState.free : box.state
    let whole = "<rect class=\"c\(state.rawValue)\" \(shape) width=\"\(box.width)\"\(round)>"
    guard isFilled else { return text.line(whole + tooltip + "</rect>") }
    let width = max(1, box.width * box.heldShare / 1_000)
    text.line(
      "<g>\(tooltip)\(whole)</rect><rect class=\"c\(VertexState.held.rawValue)\" \(shape) width=\"\(width)\"/></g>")
  }

  // MARK: Edges

  private func edgeEnds() -> Set<VertexID> {
    var ends: Set<VertexID> = []
    graph.forEachEdge { edge in ends.formUnion([edge.source, edge.target]) }
    return ends
  }

  private func edges(_ points: [VertexID: Point], _ text: inout PictureText) {
    var count = 0
    graph.forEachEdge { edge in
      guard let source = points[edge.source], let target = points[edge.target], count < GraphPicture.maximumEdges
      else { return }
      count += 1
      let title = PictureText.xml("\(edge.subsystem): \(graph.path(of: edge.source)) to \(graph.path(of: edge.target))")
      text.line(
        "<line class=\"e\" x1=\"\(source.x)\" y1=\"\(source.y)\" x2=\"\(target.x)\" y2=\"\(target.y)\">"
          + "<title>\(title)</title></line>")
    }
  }
}

extension SVGDrawing {
  private static let legendStep = 116
  private static var legendWidth: Int { VertexState.allCases.count * legendStep }

  private func legend(_ text: inout PictureText) {
    var x = Self.margin
    for state in VertexState.allCases {
      let letter = state.letter.isEmpty ? "" : " (\(state.letter))"
      text.line("<rect class=\"l\(state.rawValue)\" x=\"\(x)\" y=\"8\" width=\"14\" height=\"14\"/>")
      text.line("<text class=\"legend\" x=\"\(x + 19)\" y=\"19\">\(state.name)\(letter)</text>")
      x += Self.legendStep
    }
  }

  /// Rules for boxes by state: `c` cells, `l` the legend, `s` strips, `t` the names on them.
  private func appendStyle(_ text: inout PictureText) {
    text.line(Self.patterns)
    text.line("<style>text{font-family:sans-serif}")
    text.line(".legend,.note{font-size:12px;fill:#333}.note{font-size:\(scale.font)px}")
    text.line(".outer{font-size:\(scale.outerFont)px;font-weight:bold;fill:#222}")
    text.line(".o{fill:#f7f7f5;stroke:#777}.n{fill:#fff;stroke:#555}.b{fill:#f2f2f0;stroke:#bbb}")
    text.line(".e{stroke:#cc79a7;stroke-opacity:.45;stroke-width:1.2}")
    for state in VertexState.allCases {
      let number = state.rawValue
      text.line(".l\(number),.c\(number){fill:\(state.pattern ?? state.fill);stroke:#666;stroke-width:.5}")
      text.line(".s\(number){fill:\(state.fill)}")
      text.line(".t\(number){font-size:\(scale.font)px;fill:\(state.ink)}")
    }
    text.line("</style>")
  }

  private static let patterns = """
    <defs>
    <pattern id="p1" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#9fd0ee"/>\
    <path d="M0 6V3H6V6Z" fill="#0072b2"/></pattern>
    <pattern id="p3" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#f0e442"/>\
    <path d="M0 5L5 0" stroke="#5a5500" stroke-width="1.2"/></pattern>
    <pattern id="p4" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#d55e00"/>\
    <path d="M0 0L5 5M0 5L5 0" stroke="#fff" stroke-width=".9"/></pattern>
    <pattern id="p5" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" fill="#b5b5b5"/>\
    <circle cx="2" cy="2" r=".9" fill="#444"/></pattern>
    </defs>
    """
}

extension VertexState {
  /// What tells it apart from the others without colours; `nil`: it is plain, light or dark.
  fileprivate var pattern: String? {
    switch self {
    case .free, .held: nil
    case .partlyHeld, .drained, .down, .excluded: "url(#p\(rawValue))"
    }
  }
}

import ResourceGraph
import Vocabulary

/// Lines for a terminal. Siblings of one shape, whatever is held of them, are one line that counts their states.
struct TreeDrawing {
  private let picture: GraphPicture
  private var graph: ResourceGraph { picture.graph }

  init(_ picture: GraphPicture) { self.picture = picture }

  /// A vertex of a line, with what a walk knows about it.
  private struct Member {
    let vertex: VertexID
    let shape: Int
    let state: VertexState
    let inner: VertexSurroundings
    let view: VertexView
  }

  func draw(_ text: inout PictureText) {
    guard let root = picture.root else { return }
    var shapes = ShapeTable(graph)
    let members = members([root], VertexSurroundings(), &shapes)
    draw(members, of: 1, first: members, lead: "", inset: "", picture.depth, &shapes, &text)
  }

  /// One line for members of one shape, then their children.
  ///
  /// - Parameters:
  ///   - parents: how many vertices they are the children of.
  ///   - first: those that are children of the first parent, whose names are shown.
  private func draw(
    _ members: [Member], of parents: Int, first: [Member], lead: String, inset: String, _ depth: Int,
    _ shapes: inout ShapeTable, _ text: inout PictureText
  ) {
    text.line(lead + line(members, of: parents, first))
    guard depth > 0 else { return }
    var groups: [(shape: Int, members: [Member], first: [Member])] = []
    for (index, member) in members.enumerated() {
      for child in self.members(graph.children(of: member.vertex), member.inner, &shapes) {
        let place = groups.firstIndex { $0.shape == child.shape } ?? groups.count
        if place == groups.count { groups.append((child.shape, [], [])) }
        groups[place].members.append(child)
        if index == 0 { groups[place].first.append(child) }
      }
    }
    for (index, group) in groups.enumerated() {
      let isLast = index == groups.count - 1
      draw(
        group.members, of: members.count, first: group.first, lead: inset + (isLast ? "└── " : "├── "),
        inset: inset + (isLast ? "    " : "│   "), depth - 1, &shapes, &text)
    }
  }

  private func members(_ vertices: [VertexID], _ outer: VertexSurroundings, _ shapes: inout ShapeTable) -> [Member] {
    vertices.compactMap { vertex in
      guard let view = graph.view(of: vertex) else { return nil }
      let (state, inner) = outer.entering(vertex, view, in: graph)
      return Member(vertex: vertex, shape: shapes.shape(of: vertex), state: state, inner: inner, view: view)
    }
  }

  // MARK: One line

  private func line(_ members: [Member], of parents: Int, _ first: [Member]) -> String {
    guard let one = members.first else { return "" }
    var text = Self.names(first.map(\.view.name))
    if first.count > 1 { text += " ×\(first.count)" }
    if parents > 1 { text += " each, \(members.count) in all" }
    let isAmount = one.view.size != .one || !one.view.unit.isEmpty
    if isAmount { text += ", \(one.view.size.text)\(one.view.unit)" }
    if isAmount, members.contains(where: { $0.state == .partlyHeld }), graph.children(of: one.vertex).isEmpty {
      return text + ": \(free(members).text) of \(sum(members.map(\.view.size)).text)\(one.view.unit) free"
    }
    return text + ": " + Self.states(members.map(\.state))
  }

  private func free(_ members: [Member]) -> Amount {
    sum(
      members.map { member in
        guard member.state == .free || member.state == .partlyHeld else { return .zero }
        return member.view.size.subtracting(graph.taken(of: member.vertex)) ?? .zero
      })
  }

  private func sum(_ amounts: [Amount]) -> Amount {
    // Sizes are bounded so that the sum of a whole graph fits.
    Amount(thousandths: amounts.reduce(0) { $0 &+ $1.thousandths })
  }

  private static func names(_ names: [String]) -> String {
    if names.count == 1 { return names[0] }
    // Names that no host list can hold are cut short.
    guard let list = try? Hostlist(names) else { return names.prefix(2).joined(separator: ",") + ",…" }
    return list.description
  }

  private static func states(_ states: [VertexState]) -> String {
    let counts = VertexState.allCases.map { state in (state, states.count { $0 == state }) }.filter { $0.1 > 0 }
    if counts.count == 1, let only = counts.first { return only.0.name }
    return counts.map { "\($0.1) \($0.0.name)" }.joined(separator: ", ")
  }
}

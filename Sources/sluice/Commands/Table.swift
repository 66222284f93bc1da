/// Rows under headings, aligned for people.
struct Table {
  enum Alignment { case left, right }

  struct Column {
    let title: String
    var alignment = Alignment.left
    /// Longer texts are cut, with an ellipsis.
    var maximumWidth = 60

    init(_ title: String, _ alignment: Alignment = .left, maximumWidth: Int = 60) {
      self.title = title
      self.alignment = alignment
      self.maximumWidth = maximumWidth
    }
  }

  /// A text and how it looks; the look takes no width.
  struct Cell: ExpressibleByStringLiteral {
    let text: String
    let style: Terminal.Style?

    init(_ text: String, _ style: Terminal.Style? = nil) {
      self.text = text
      self.style = style
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  let columns: [Column]
  private(set) var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "A row has one cell for each column")
    rows.append(row)
  }

  /// Lines without trailing blanks, none longer than `terminal` is wide when a person looks.
  func lines(for terminal: Terminal, withHeader: Bool = true) -> [String] {
    let header = columns.map { Cell($0.title, .bold) }
    let all = (withHeader ? [header] : []) + rows
    let widths = widths(of: all, for: terminal)
    return all.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let isLast = index == row.count - 1
        line += padded(cell, columns[index].alignment, widths[index], isLast: isLast, terminal)
        if !isLast { line += "  " }
      }
      return line
    }
  }

  /// The widest text of each column; the last one takes what is left of the line.
  private func widths(of all: [[Cell]], for terminal: Terminal) -> [Int] {
    var widths = columns.indices.map { index in
      min(columns[index].maximumWidth, all.map { Self.width($0[index].text) }.max() ?? 0)
    }
    guard terminal.isTerminal, let last = widths.indices.last else { return widths }
    let used = widths[..<last].reduce(0) { $0 + $1 + 2 }
    // Below eight characters a cut text says nothing; let the line wrap instead.
    widths[last] = min(widths[last], max(8, terminal.width - used))
    return widths
  }

  private func padded(
    _ cell: Cell, _ alignment: Alignment, _ width: Int, isLast: Bool, _ terminal: Terminal
  ) -> String {
    let text = Self.cut(Terminal.harmless(cell.text), to: width)
    let shown = cell.style.map { terminal.styled(text, $0) } ?? text
    let blanks = String(repeating: " ", count: max(0, width - Self.width(text)))
    switch alignment {
    case .right: return blanks + shown
    case .left: return isLast ? shown : shown + blanks
    }
  }

  private static func cut(_ text: String, to width: Int) -> String {
    self.width(text) <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
  }

  private static func width(_ text: String) -> Int { text.count }
}

/// How far many jobs are, on one line that is drawn again and again.
final class ProgressBar {
  /// Drawing more often than ten times a second only costs.
  private static let interval = 0.1

  private let total: Int
  private let terminal: Terminal
  private let begun = Clock.monotonicSeconds
  private var drawn = -1.0
  private var last: EnsembleTally?

  init(total: Int, terminal: Terminal) {
    self.total = total
    self.terminal = terminal
  }

  func show(_ tally: EnsembleTally) {
    last = tally
    let now = Clock.monotonicSeconds
    guard now - drawn >= Self.interval else { return }
    drawn = now
    draw(tally, after: now - begun)
  }

  /// Draws the final state and ends the line.
  func finish() {
    guard let last else { return }
    draw(last, after: Clock.monotonicSeconds - begun)
    Console.note("")
  }

  private func draw(_ tally: EnsembleTally, after seconds: Double) {
    let line = Self.line(tally, total: total, seconds: seconds, terminal: terminal)
    // Back to the line's start, the line, and whatever stood beyond its end erased.
    Console.bytes(Array("\r\(line)\u{1b}[K".utf8), to: 2)
  }

  /// `PD:3 R:2 CD:5 F:0 |█████     | 50% 12.5 job/s`, as `flux submit --progress` shows it.
  static func line(_ tally: EnsembleTally, total: Int, seconds: Double, terminal: Terminal) -> String {
    let ended = tally.completed + tally.failed
    let counts = "PD:\(tally.pending) R:\(tally.running.count) CD:\(tally.completed) F:\(tally.failed)"
    let rate = seconds > 0 ? JobTable.fixed(Double(ended) / seconds, 1) : "0"
    let tail = "\(total > 0 ? ended * 100 / total : 100)% \(rate) job/s"
    // Three blanks, two bars.
    let room = min(40, terminal.width - counts.count - tail.count - 5)
    guard room >= 5 else { return "\(counts) \(tail)" }
    let full = total > 0 ? room * ended / total : room
    let block = terminal.isUTF8 ? "█" : "#"
    let bar = String(repeating: block, count: full) + String(repeating: " ", count: room - full)
    return "\(counts) |\(bar)| \(tail)"
  }
}

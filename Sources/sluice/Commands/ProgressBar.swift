/// How far many jobs are, on one line that is drawn again and again.
final class ProgressBar {
  enum State: Equatable {
    case submitted(Int)
    case followed(EnsembleTally.Counts)
  }

  /// Drawing more often than ten times a second only costs.
  private static let interval = 0.1

  private let total: Int
  private let terminal: Terminal
  private let showsRate: Bool
  private var begun = Clock.monotonicSeconds
  private var drawn = -1.0
  private var last: State?

  init(total: Int, terminal: Terminal, showsRate: Bool) {
    self.total = total
    self.terminal = terminal
    self.showsRate = showsRate
  }

  func show(submitted count: Int) { show(.submitted(count)) }

  func show(_ counts: EnsembleTally.Counts) { show(.followed(counts)) }

  private func show(_ state: State) {
    last = state
    let now = Clock.monotonicSeconds
    guard now - drawn >= Self.interval else { return }
    drawn = now
    draw(state, after: now - begun)
  }

  /// Draws the final state and ends the line; what is shown next is timed anew.
  func finish() {
    guard let last else { return }
    draw(last, after: Clock.monotonicSeconds - begun)
    Console.note("")
    self.last = nil
    begun = Clock.monotonicSeconds
  }

  private func draw(_ state: State, after seconds: Double) {
    let line = Self.line(state, total: total, seconds: seconds, showsRate: showsRate, terminal: terminal)
    // Back to the line's start, the line, and whatever stood beyond its end erased.
    Console.bytes(Array("\r\(line)\u{1b}[K".utf8), to: 2)
  }

  /// `PD:3 R:2 CD:5 F:0 |█████     | 50% 12.5 job/s`, as `flux submit --progress` shows it.
  static func line(
    _ state: State, total: Int, seconds: Double, showsRate: Bool, terminal: Terminal
  ) -> String {
    let (done, head) =
      switch state {
      case .submitted(let count): (count, "Submitting \(total) jobs:")
      case .followed(let counts):
        (
          counts.completed + counts.failed,
          "PD:\(counts.pending) R:\(counts.running) CD:\(counts.completed) F:\(counts.failed)"
        )
      }
    let rate = seconds > 0 ? JobTable.fixed(Double(done) / seconds, 1) : "0"
    let pace = showsRate ? "\(rate) job/s" : JobTable.duration(seconds)
    let tail = "\(total > 0 ? done * 100 / total : 100)% \(pace)"
    // Three blanks, two bars.
    let room = min(40, terminal.width - head.count - tail.count - 5)
    guard room >= 5 else { return "\(head) \(tail)" }
    let full = total > 0 ? room * done / total : room
    let block = terminal.isUTF8 ? "█" : "#"
    let bar = String(repeating: block, count: full) + String(repeating: " ", count: room - full)
    return "\(head) |\(bar)| \(tail)"
  }
}

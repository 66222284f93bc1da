import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "See what runs and what waits, live.",
    discussion: """
      Fills the screen and draws it again as things change. Keys: q leaves, space draws at once, the arrows, j and k \
      scroll. Where output is no terminal, one picture is printed.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    name: [.customShort("d", allowingJoined: true), .long],
    help: ArgumentHelp("Seconds between two pictures. Default: 1.", valueName: "seconds"))
  var delay = 1.0

  func validate() throws {
    guard (0.1...3_600).contains(delay) else { throw ValidationError("--delay is from 0.1 to 3600 seconds.") }
  }

  func run() throws {
    let client = try connection.client()
    // A broker that is not there is an error here, and a line on the screen later.
    let first = try TopPicture.take(client)
    guard Terminal.output.isTerminal, let screen = Screen() else {
      return Console.lines(first.lines(width: Terminal.output.width, height: .max, from: 0, .output))
    }
    defer { screen.leave() }
    var picture = first
    var offset = 0
    while !screen.isOver {
      let size = screen.size
      let lines = picture.lines(width: size.columns, height: size.rows, from: offset, .output)
      screen.draw(lines)
      switch screen.key(within: delay) {
      case .quit: return
      case .up: offset = max(0, offset - 1)
      case .down: offset = min(offset + 1, max(0, picture.jobCount - 1))
      case .other, nil: picture = picture.next(client)
      }
    }
  }
}

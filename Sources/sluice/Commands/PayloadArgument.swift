import APIClient
import ArgumentParser
import Glibc

/// What a command sends: an argument, or standard input for `-`.
struct PayloadArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("What to send; - reads standard input. Default: nothing.", valueName: "payload"))
  var payload: String?

  @Option(
    help: ArgumentHelp(
      "Its media type. Default: text/plain for text, else application/octet-stream.", valueName: "type"))
  var mediaType: String?

  func read() throws -> Payload {
    let bytes =
      switch payload {
      case nil: [UInt8]()
      case "-": try StandardInput.read()
      case .some(let text): Array(text.utf8)
      }
    return mediaType.map { Payload(mediaType: $0, bytes: bytes) } ?? Payload(guessing: bytes)
  }
}

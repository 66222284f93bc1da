import APIClient
import ArgumentParser
import Glibc
import Vocabulary

/// How values are shown; `get` and `wait` share it.
struct KeyGetOptions: ParsableArguments {
  @Flag(name: [.short, .long], help: "Put 'KEY=' before each value.")
  var label = false

  @Flag(name: [.short, .long], help: "Add no line end, not even on a terminal or between values.")
  var raw = false

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @Option(help: ArgumentHelp("Give up waiting after this time, such as 30s or 5m.", valueName: "time"))
  var timeout: WaitTime?

  @Flag(
    inversion: .prefixedNo,
    help: "Follow links. Without: print what a link at the key names, as 'readlink' does.")
  var follow = true
}

/// Prints values as they are.
struct ValuePrinter {
  let options: KeyGetOptions
  /// Whether line ends are needed to tell values apart.
  let isOneOfSeveral: Bool

  /// Bytes as they are; a line end behind them where people read, or where another value follows.
  func show(_ key: String, _ bytes: [UInt8]) {
    begin(key)
    Console.bytes(bytes, to: STDOUT_FILENO)
    end(lastByte: bytes.last)
  }

  func begin(_ key: String) {
    if options.label { Console.bytes(Array("\(key)=".utf8), to: STDOUT_FILENO) }
  }

  func end(lastByte: UInt8?) {
    let needsEnd = (isOneOfSeveral || options.label || Terminal.output.isTerminal) && !options.raw
    if needsEnd, lastByte != UInt8(ascii: "\n") { Console.line() }
  }

  /// A value or blob that is read piece by piece.
  func stream(_ key: String, at revision: String?, _ space: KeySpace, _ client: BrokerClient) throws(ClientError) {
    let last = LastByte()
    let printer = self
    try client.readValue(of: key, in: space, at: revision) { bytes in
      if last.byte == nil { printer.begin(key) }
      last.byte = bytes.last ?? last.byte
      Console.bytes(bytes, to: STDOUT_FILENO)
    }
    if last.byte == nil { begin(key) }
    end(lastByte: last.byte)
  }

  private final class LastByte { var byte: UInt8? }

  /// What `keyObject` answered; the bytes of a blob are not in it.
  func show(
    _ key: String, object: JSONValue, at revision: String? = nil, _ space: KeySpace, _ client: BrokerClient
  ) throws(ClientError) {
    if options.json { return Console.json(object) }
    if let bytes = StoredValue.bytes(in: object) { return show(key, bytes) }
    if object["kind"]?.string == "symlink" { return show(key, Array(KeyText.target(of: object).utf8)) }
    try stream(key, at: revision, space, client)
  }
}

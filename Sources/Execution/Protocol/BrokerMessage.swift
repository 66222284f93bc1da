import BrokerCore
import Vocabulary

/// What a broker sends to its shepherd.
enum BrokerMessage: Equatable {
  /// The first message of a connection.
  case hello(version: UInt8)
  case start(StartOrder, JobAccess)
  /// Any order but a start.
  case order(ExecutionOrder)
  /// Answered under its number.
  case input(number: UInt64, AttemptInput)
  /// The shepherd shall end: when it has no attempts left, or after ending them all.
  case retire(endingAll: Bool)
}

extension BrokerMessage {
  private enum Kind: UInt8 { case hello = 1, start, signal, terminate, acknowledge, retire, input, limit }

  func write(to writer: inout ByteWriter) {
    switch self {
    case .hello(let version):
      writer.frame(Kind.hello.rawValue) {
        $0.put(wireMagic)
        $0.put(version)
      }
    case .start(let start, let access):
      writer.frame(Kind.start.rawValue) {
        start.write(to: &$0)
        access.write(to: &$0)
      }
    case .order(let order): Self.write(order, to: &writer)
    case .input(let number, let piece):
      writer.frame(Kind.input.rawValue) {
        $0.put(number)
        piece.write(to: &$0)
      }
    case .retire(let endingAll): writer.frame(Kind.retire.rawValue) { $0.put(UInt8(endingAll ? 1 : 0)) }
    }
  }

  private static func write(_ order: ExecutionOrder, to writer: inout ByteWriter) {
    switch order {
    case .start(let start): BrokerMessage.start(start, JobAccess()).write(to: &writer)
    case .signal(let id, let signal):
      writer.frame(Kind.signal.rawValue) {
        $0.put(id)
        $0.put(signal)
      }
    case .limit(let id, let timeLimit):
      writer.frame(Kind.limit.rawValue) {
        $0.put(id)
        $0.put(timeLimit) { $0.put($1) }
      }
    case .terminate(let id, let grace):
      writer.frame(Kind.terminate.rawValue) {
        $0.put(id)
        $0.put(grace)
      }
    case .acknowledge(let id, let kind):
      writer.frame(Kind.acknowledge.rawValue) {
        $0.put(id)
        $0.put(kind.rawValue)
      }
    }
  }

  /// Reads one frame without its length.
  init(frame: ArraySlice<UInt8>) throws(ProtocolError) {
    var reader = ByteReader(frame)
    guard let kind = Kind(rawValue: try reader.number()) else { throw ProtocolError(reason: "unknown kind") }
    switch kind {
    case .hello:
      guard try reader.number(UInt32.self) == wireMagic else { throw ProtocolError(reason: "not a hello") }
      self = .hello(version: try reader.number())
    case .start: self = .start(try StartOrder(from: &reader), try JobAccess(from: &reader))
    case .signal: self = .order(.signal(try reader.attempt(), signal: try reader.number()))
    case .limit:
      self = .order(
        .limit(
          try reader.attempt(),
          timeLimit: try reader.optional { (r: inout ByteReader) throws(ProtocolError) in try r.span() }))
    case .terminate: self = .order(.terminate(try reader.attempt(), grace: try reader.span()))
    case .acknowledge:
      let id = try reader.attempt()
      guard let report = ReportKind(rawValue: try reader.number()) else {
        throw ProtocolError(reason: "unknown report kind")
      }
      self = .order(.acknowledge(id, report))
    case .input: self = .input(number: try reader.number(), try AttemptInput(from: &reader))
    case .retire: self = .retire(endingAll: try reader.number(UInt8.self) != 0)
    }
    try reader.finish()
  }
}

import BrokerCore
import Vocabulary

/// What a shepherd sends to its broker.
enum ShepherdMessage: Equatable {
  /// The first message of a connection.
  case hello(version: UInt8)
  case report(ExecutionReport)
}

extension ShepherdMessage {
  private enum Kind: UInt8 { case hello = 1, joined, started, ended }

  func write(to writer: inout ByteWriter) {
    switch self {
    case .hello(let version):
      writer.frame(Kind.hello.rawValue) {
        $0.put(wireMagic)
        $0.put(version)
      }
    case .report(.joined(let incarnation, let known)):
      writer.frame(Kind.joined.rawValue) {
        $0.put(incarnation)
        $0.put(known) { $0.put($1) }
      }
    case .report(.started(let id, let time)):
      writer.frame(Kind.started.rawValue) {
        $0.put(id)
        $0.put(time)
      }
    case .report(.ended(let id, let time, let end)):
      writer.frame(Kind.ended.rawValue) {
        $0.put(id)
        $0.put(time)
        end.write(to: &$0)
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
    case .joined:
      let incarnation: UInt64 = try reader.number()
      let known = try reader.array { (reader: inout ByteReader) throws(ProtocolError) in try reader.attempt()
      }
      self = .report(.joined(incarnation: incarnation, known: known))
    case .started: self = .report(.started(try reader.attempt(), at: try reader.time()))
    case .ended:
      let id = try reader.attempt()
      self = .report(.ended(id, at: try reader.time(), try AttemptEnd(from: &reader)))
    }
    try reader.finish()
  }
}

extension AttemptEnd {
  fileprivate func write(to writer: inout ByteWriter) {
    switch cause {
    case .exited: writer.put(UInt8(0))
    case .timeLimit: writer.put(UInt8(1))
    case .terminated: writer.put(UInt8(2))
    case .notStarted(let reason):
      writer.put(UInt8(3))
      writer.put(reason)
    }
    writer.put(waitStatus)
    writer.put(cpuTime)
    writer.put(peakMemoryKiB)
  }

  fileprivate init(from reader: inout ByteReader) throws(ProtocolError) {
    let cause: Cause
    switch try reader.number(UInt8.self) {
    case 0: cause = .exited
    case 1: cause = .timeLimit
    case 2: cause = .terminated
    case 3: cause = .notStarted(try reader.text())
    default: throw ProtocolError(reason: "unknown cause")
    }
    self.init(
      cause: cause, waitStatus: try reader.number(), cpuTime: try reader.span(),
      peakMemoryKiB: try reader.number())
  }
}

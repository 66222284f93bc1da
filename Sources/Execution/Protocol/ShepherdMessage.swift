import BrokerCore
import Vocabulary

/// What a shepherd sends to its broker.
enum ShepherdMessage: Equatable {
  /// The first message of a connection.
  case hello(version: UInt8)
  case report(ExecutionReport)
  /// What became of the piece of input that came under this number.
  case input(number: UInt64, InputAnswer)
}

extension ShepherdMessage {
  private enum Kind: UInt8 { case hello = 1, joined, started, ended, input }

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
        $0.put(end.cause)
        end.writeFigures(to: &$0)
      }
    case .input(let number, let answer):
      writer.frame(Kind.input.rawValue) {
        $0.put(number)
        answer.write(to: &$0)
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
      let (id, time) = (try reader.attempt(), try reader.time())
      let cause = try AttemptEnd.Cause(from: &reader)
      self = .report(.ended(id, at: time, try AttemptEnd(cause, figuresFrom: &reader)))
    case .input: self = .input(number: try reader.number(), try InputAnswer(from: &reader))
    }
    try reader.finish()
  }
}

extension ByteWriter {
  fileprivate mutating func put(_ cause: AttemptEnd.Cause) {
    switch cause {
    case .exited: put(UInt8(0))
    case .timeLimit: put(UInt8(1))
    case .terminated: put(UInt8(2))
    case .notStarted(let reason):
      put(UInt8(3))
      put(reason)
    case .outOfMemory: put(UInt8(4))
    case .aborted(let rank, let exitCode, let message):
      put(UInt8(5))
      put(Int64(rank))
      put(exitCode)
      put(message)
    case .taskFailed(let rank, let waitStatus):
      put(UInt8(6))
      put(Int64(rank))
      put(waitStatus)
    }
  }
}

extension AttemptEnd.Cause {
  fileprivate init(from reader: inout ByteReader) throws(ProtocolError) {
    switch try reader.number(UInt8.self) {
    case 0: self = .exited
    case 1: self = .timeLimit
    case 2: self = .terminated
    case 3: self = .notStarted(try reader.text())
    case 4: self = .outOfMemory
    case 5:
      self = .aborted(
        rank: Int(try reader.number(Int64.self)), exitCode: try reader.number(), message: try reader.text())
    case 6: self = .taskFailed(rank: Int(try reader.number(Int64.self)), waitStatus: try reader.number())
    default: throw ProtocolError(reason: "unknown cause")
    }
  }
}

extension AttemptEnd {
  fileprivate func writeFigures(to writer: inout ByteWriter) {
    writer.put(waitStatus)
    writer.put(cpuTime)
    writer.put(peakMemoryKiB)
  }

  fileprivate init(_ cause: Cause, figuresFrom reader: inout ByteReader) throws(ProtocolError) {
    self.init(
      cause: cause, waitStatus: try reader.number(), cpuTime: try reader.span(),
      peakMemoryKiB: try reader.number())
  }
}

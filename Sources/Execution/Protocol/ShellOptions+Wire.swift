import BrokerCore
import Vocabulary

extension ShellOptions {
  /// One byte where nothing was asked for, as for most jobs.
  func write(to writer: inout ByteWriter) {
    writer.put(self == ShellOptions() ? nil : self) { $1.writeAll(to: &$0) }
  }

  private func writeAll(to writer: inout ByteWriter) {
    writer.put(UInt8(offersPMI ? 1 : 0))
    writer.put(exitTimeout) { $0.put($1) }
    writer.put(UInt8(exitsOnError ? 1 : 0))
    writer.put(warning) {
      $0.put($1.signal)
      $0.put($1.before)
    }
    writer.put(input) { $0.put($1.rawValue) }
    writer.put(hosts) { $0.put($1) }
    writer.put(outputLimit)
    writer.put(UInt8(buffersOutput ? 1 : 0))
    writer.put(UInt8(buffersError ? 1 : 0))
    writer.put(files) {
      $0.put($1.name)
      $0.put($1.mode)
      $0.put(bytes: $1.bytes)
    }
  }

  init(from reader: inout ByteReader) throws(ProtocolError) {
    let options = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in
      try ShellOptions(allFrom: &r)
    }
    self = options ?? ShellOptions()
  }

  private init(allFrom reader: inout ByteReader) throws(ProtocolError) {
    self.init()
    offersPMI = try reader.number(UInt8.self) != 0
    exitTimeout = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in try r.span() }
    exitsOnError = try reader.number(UInt8.self) != 0
    warning = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in
      WarningSignal(signal: try r.number(), before: try r.span())
    }
    input = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in
      guard let input = StreamedInput(rawValue: try r.number()) else {
        throw ProtocolError(reason: "unknown readers of input")
      }
      return input
    }
    hosts = try reader.array { (r: inout ByteReader) throws(ProtocolError) in try r.text() }
    outputLimit = try reader.number(Int64.self)
    buffersOutput = try reader.number(UInt8.self) != 0
    buffersError = try reader.number(UInt8.self) != 0
    files = try reader.array { (r: inout ByteReader) throws(ProtocolError) in
      OrderFile(name: try r.text(), mode: try r.number(), bytes: try r.byteString())
    }
  }
}

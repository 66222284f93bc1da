import BrokerCore
import Vocabulary

extension StartOrder {
  func write(to writer: inout ByteWriter) {
    writer.put(id)
    writer.put(command) { $0.put($1) }
    writer.put(environment) {
      $0.put($1.name)
      $0.put($1.value)
    }
    writer.put(workingDirectory)
    writer.put(tasks) { $1.write(to: &$0) }
    writer.put(Int64(nodeCount))
    writer.put(timeLimit) { $0.put($1) }
    writer.put(grace)
    writer.put(memoryLimit) { $0.put($1) }
    writer.put(umask) { $0.put($1) }
    writer.put(resourceLimits) {
      $0.put($1.name)
      $0.put($1.value)
    }
    writer.put(input) { $0.put($1) }
    writer.put(output) { $0.put($1) }
    writer.put(error) { $0.put($1) }
    writer.put(mockDuration) { $0.put($1) }
    writer.put(startedAt) { $0.put($1) }
    shell.write(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ProtocolError) {
    typealias Reader = ByteReader
    self.init(
      id: try reader.attempt(),
      command: try reader.array { (r: inout Reader) throws(ProtocolError) in try r.text() },
      environment: try reader.array { (r: inout Reader) throws(ProtocolError) in
        EnvironmentVariable(name: try r.text(), value: try r.text())
      },
      workingDirectory: try reader.text(),
      tasks: try reader.array { (r: inout Reader) throws(ProtocolError) in try TaskPlacement(from: &r) },
      nodeCount: Int(try reader.number(Int64.self)),
      timeLimit: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.span() },
      grace: try reader.span(),
      memoryLimit: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.number() },
      umask: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.number() },
      resourceLimits: try reader.array { (r: inout Reader) throws(ProtocolError) in
        ResourceLimit(name: try r.text(), value: try r.number())
      },
      input: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.text() },
      output: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.text() },
      error: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.text() },
      mockDuration: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.span() },
      startedAt: try reader.optional { (r: inout Reader) throws(ProtocolError) in try r.time() },
      shell: try ShellOptions(from: &reader))
  }
}

extension TaskPlacement {
  fileprivate func write(to writer: inout ByteWriter) {
    writer.put(Int64(node))
    writer.put(Int64(localID))
    writer.put(cpus) { $0.put(Int32(clamping: $1)) }
    writer.put(gpus) { $0.put(Int32(clamping: $1)) }
  }

  fileprivate init(from reader: inout ByteReader) throws(ProtocolError) {
    self.init(
      node: Int(try reader.number(Int64.self)), localID: Int(try reader.number(Int64.self)),
      cpus: try reader.array { (r: inout ByteReader) throws(ProtocolError) in Int(try r.number(Int32.self)) },
      gpus: try reader.array { (r: inout ByteReader) throws(ProtocolError) in Int(try r.number(Int32.self)) })
  }
}

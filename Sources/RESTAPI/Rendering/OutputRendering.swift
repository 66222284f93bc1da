import Jobs
import Jobspec
import Vocabulary

/// A job's output as entries of RFC 24, with the position behind each.
///
/// - Source: RFC 24: `header` once and first, `redirect` for a stream that goes to a file, `data`, and `eof` at the
///   end. `position` is ours, beside the entry's own members.
enum OutputRendering {
  /// Bytes of one `data` entry: its JSON is at most six times as long, which readers of streams still take.
  static let entryBytes = 64 << 10

  static func header(_ job: Job, at time: Timestamp, _ position: OutputPosition, _ form: EventStream.Form) -> [UInt8] {
    let count = job.jobspec.demand.taskCount
    return entry("header", time, position, form) { writer in
      writer.field("version", 1)
      writer.name("encoding")
      writer.object { writer in
        writer.field("stdout", "UTF-8")
        writer.field("stderr", "UTF-8")
      }
      writer.name("count")
      writer.object { writer in
        writer.field("stdout", count)
        writer.field("stderr", count)
      }
      writer.name("options")
      writer.object { _ in }
    }
  }

  static func redirect(
    _ stream: OutputStream, to path: String, at time: Timestamp, _ position: OutputPosition, _ form: EventStream.Form
  ) -> [UInt8] {
    entry("redirect", time, position, form) { writer in
      writer.field("stream", stream.rawValue)
      writer.field("rank", "all")
      writer.field("path", path)
    }
  }

  /// - Parameter position: behind the run.
  static func data(
    _ run: OutputRun, at time: Timestamp, _ position: OutputPosition, _ form: EventStream.Form
  ) -> [UInt8] {
    entry("data", time, position, form, reserving: run.bytes.count) { writer in
      writer.field("stream", run.stream.rawValue)
      writer.field("rank", run.rank.map { String($0) } ?? "all")
      if let text = String(validating: run.bytes, as: UTF8.self) {
        writer.field("data", text)
      } else {
        writer.field("encoding", "base64")
        writer.field("data", Base64.encode(run.bytes))
      }
    }
  }

  static func end(
    of stream: OutputStream, at time: Timestamp, _ position: OutputPosition, _ form: EventStream.Form
  ) -> [UInt8] {
    entry("data", time, position, form) { writer in
      writer.field("stream", stream.rawValue)
      writer.field("rank", "all")
      writer.field("eof", true)
    }
  }

  private static func entry(
    _ name: String, _ time: Timestamp, _ position: OutputPosition, _ form: EventStream.Form, reserving bytes: Int = 0,
    _ context: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 192 + bytes)
    writer.object { writer in
      writer.name("timestamp")
      writer.value(Double(time.microseconds) / 1_000_000)
      writer.field("name", name)
      writer.field("position", position.text)
      writer.name("context")
      writer.object { context(&$0) }
    }
    switch form {
    case .lines: return writer.take() + [UInt8(ascii: "\n")]
    case .serverSentEvents:
      return Array("id: \(position.text)\nevent: \(name)\ndata: ".utf8) + writer.take() + Array("\n\n".utf8)
    }
  }
}

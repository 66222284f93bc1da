import Messaging
import Vocabulary

/// Messages, calls and parts of answers as JSON.
enum MessageRendering {
  /// The data of a message, durable or not.
  static func data(
    topic: String, at time: Timestamp, user: String, mediaType: String, _ payload: [UInt8]
  ) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 192 + payload.count * 3 / 2)
    writer.object { writer in
      writer.field("topic", topic)
      writer.field("timestamp", time)
      writer.field("user", user)
      write(MessagePayload(mediaType: mediaType, bytes: payload), to: &writer)
    }
    return writer.take()
  }

  /// `media_type`, and `value` for text or `base64` for anything else.
  static func write(_ payload: MessagePayload, to writer: inout JSONWriter) {
    writer.field("media_type", payload.mediaType)
    if let text = PayloadText.text(of: payload.bytes) {
      writer.field("value", text)
    } else {
      writer.field("base64", Base64.encode(payload.bytes))
    }
  }

  /// One item of a listener as its stream carries it; without `id`, since nothing resumes after it.
  static func framed(_ item: TopicSubscription.Item, _ form: EventStream.Form) -> [UInt8] {
    switch (item, form) {
    case (.message(let message), .serverSentEvents): event("message", message.data)
    case (.message(let message), .lines): message.data + [UInt8(ascii: "\n")]
    case (.missed(let count), .serverSentEvents): event("missed", Array("{\"count\":\(count)}".utf8))
    case (.missed(let count), .lines): Array("{\"missed\":\(count)}\n".utf8)
    }
  }

  /// - Source: WHATWG HTML, "Server-sent events".
  static func event(_ name: String, _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + name.utf8.count + 16)
    bytes += "event: \(name)\ndata: ".utf8
    bytes += data
    bytes += "\n\n".utf8
    return bytes
  }
}

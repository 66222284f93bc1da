import Vocabulary

/// Signals as they are typed: names are the broker's to read.
enum SignalText {
  static func value(_ text: String) -> JSONValue { Int64(text).map { .integer($0) } ?? .string(text) }
}

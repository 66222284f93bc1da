import ArgumentParser
import JSONText
import Vocabulary

/// Which event of a job is waited for: its name, perhaps a member of its context, and how often.
///
/// - Source: flux-job(1), `wait-event`.
struct EventMatch {
  let name: String
  /// A member of the context: its value as JSON, or as the text that it is.
  private let member: (key: String, value: String)?
  private var left: Int

  /// - Parameters:
  ///   - context: `KEY=VALUE`.
  ///   - count: from 1 on.
  init(_ name: String, context: String? = nil, count: Int = 1) throws(ValidationError) {
    guard !name.isEmpty else { throw ValidationError("Name an event, such as start or finish.") }
    guard count > 0 else { throw ValidationError("--count is at least 1.") }
    self.name = name
    left = count
    guard let context else {
      member = nil
      return
    }
    guard let equals = context.firstIndex(of: "="), equals != context.startIndex else {
      throw ValidationError("'\(context)' is no KEY=VALUE, such as severity=0.")
    }
    member = (String(context[..<equals]), String(context[context.index(after: equals)...]))
  }

  /// Whether this event is the last one that was waited for.
  mutating func ends(with event: JSONValue) -> Bool {
    guard event["name"]?.string == name, hasMember(event["context"]) else { return false }
    left -= 1
    return left == 0
  }

  private func hasMember(_ context: JSONValue?) -> Bool {
    guard let member else { return true }
    guard let value = context?[member.key] else { return false }
    return value.string == member.value || value.jsonText == member.value
      || (try? JSONText.parse(Array(member.value.utf8), root: .any)) == value
  }
}

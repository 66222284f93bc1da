import ArgumentParser

/// How many of something: a number, or a text that an input of `bulksubmit` makes one.
struct Count: ExpressibleByArgument, Equatable, Sendable {
  let text: String

  init(text: String) { self.text = text }

  init?(argument: String) {
    guard Int(argument) != nil || argument.contains("{") else { return nil }
    text = argument
  }

  var number: Int {
    get throws(ValidationError) {
      guard let number = Int(text) else { throw ValidationError("'\(text)' is no number.") }
      return number
    }
  }
}

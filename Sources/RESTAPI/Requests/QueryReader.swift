import HTTPServing
import Jobspec
import Vocabulary

/// Reads a request's query arguments strictly: each known, each once, each well formed.
struct QueryReader {
  private let items: [QueryItem]

  /// - Throws: 400 for an unknown argument, or one that comes twice.
  init(_ head: HTTPRequestHead, allowing names: [String]) throws(Problem) {
    items = head.query
    for (index, item) in items.enumerated() {
      guard names.contains(item.name) else {
        throw .badQuery("unknown query argument \"\(item.name.prefix(64))\"; this resource takes \(Self.list(names))")
      }
      guard !items[..<index].contains(where: { $0.name == item.name }) else {
        throw .badQuery("query argument \"\(item.name)\" comes twice")
      }
    }
  }

  private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }

  func text(_ name: String) throws(Problem) -> String? {
    guard let item = items.first(where: { $0.name == name }) else { return nil }
    guard !item.value.isEmpty else { throw .badQuery("query argument \"\(name)\" is empty") }
    return item.value
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    switch try text(name) {
    case nil, "false": false
    case "true": true
    default: throw .badQuery("query argument \"\(name)\" is true or false")
    }
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = try text(name) else { return nil }
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number) else {
      throw .badQuery("query argument \"\(name)\" is an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Seconds as a number, or a Flux Standard Duration.
  func span(_ name: String, upTo maximum: TimeSpan) throws(Problem) -> TimeSpan? {
    guard let text = try text(name) else { return nil }
    guard let span = try? TimeSpan(fsd: text), span <= maximum, span >= .zero else {
      throw .badQuery("query argument \"\(name)\" is a duration such as 30 or 1.5m, at most \(Int(maximum.seconds)) s")
    }
    return span
  }
}

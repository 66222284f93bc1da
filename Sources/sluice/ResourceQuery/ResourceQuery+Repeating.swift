extension ResourceQuery {
  /// Bounds what one line of a script may start.
  static let maximumRepetitions = 10_000_000

  /// Runs one command many times and says only how often it found something; for measurements.
  mutating func repeated(_ arguments: [String]) throws(QueryFault) -> [String] {
    guard let count = arguments.first.flatMap({ Int($0) }), (1...Self.maximumRepetitions).contains(count),
      arguments.count > 1, arguments[1] == "match"
    else {
      throw QueryFault("usage: repeat COUNT match MODE REQUEST, with a COUNT of at most \(Self.maximumRepetitions)")
    }
    let (mode, request) = try matchArguments(Array(arguments.dropFirst(2)))
    var found = 0
    for _ in 0..<count where attempt(mode, request) != nil { found += 1 }
    return ["\(found) of \(count) matched"]
  }
}

/// What the scripted matcher measures of itself while it works.
struct Measurements {
  /// Matches and attempts at one, with the compilation of the request and of its constraint.
  var matches = TimeTally()
  /// Checks and changes of the graph, one by one.
  var mutations = TimeTally()
  /// From the file or the text to the graph.
  var load = Duration.zero
  /// Resident bytes before the graph was there.
  var bytesBefore: Int?

  /// - Parameter vertices: of the graph, for what one of them takes.
  func lines(vertices: Int) -> [String] {
    var lines = ["matches: \(matches.text)", "mutations: \(mutations.text)"]
    lines.append("load: µs \(TimeTally.microseconds(load))")
    if let before = bytesBefore, let now = ResidentMemory.bytes() {
      lines.append("memory: \(now) bytes, \(max(0, now - before) / max(1, vertices)) a vertex")
    }
    return lines
  }
}

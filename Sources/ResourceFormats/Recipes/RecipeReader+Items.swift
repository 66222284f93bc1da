import ResourceGraph
import Vocabulary

/// What stands in the braces after a vertex.
extension RecipeReader {
  static let keys = ["names", "basename", "id", "rank", "size", "unit", "status", "property", "cpus"]

  /// The items up to the closing brace.
  mutating func items(_ vertex: inout RecipeVertex) throws(FormatError) {
    repeat {
      let start = scanner.index
      let key = try itemText(until: ":")
      guard scanner.takesIfNext(UInt8(ascii: ":")) else {
        throw scanner.malformed("an item is a key, \":\" and a value", at: start)
      }
      let place = scanner.index
      let value = try itemText(until: ",}")
      if let message = set(key, value, &vertex) { throw scanner.malformed("\(key) \(message)", at: place) }
    } while scanner.takesIfNext(UInt8(ascii: ","))
    try scanner.take(UInt8(ascii: "}"))
  }

  /// A string in quotes, or whatever comes before one of the marks; in brackets marks mean nothing.
  private mutating func itemText(until marks: String) throws(FormatError) -> String {
    scanner.skipBlanks()
    if scanner.index < scanner.bytes.count, scanner.bytes[scanner.index] == UInt8(ascii: "\"") {
      let text = try scanner.text()
      defer { scanner.forgetDecoded() }
      return scanner.string(text)
    }
    let start = scanner.index
    var isInBrackets = false
    while scanner.index < scanner.bytes.count {
      let byte = scanner.bytes[scanner.index]
      if byte == UInt8(ascii: "[") { isInBrackets = true }
      if byte == UInt8(ascii: "]") { isInBrackets = false }
      if !isInBrackets, marks.utf8.contains(byte) { break }
      scanner.index += 1
    }
    let text = String(decoding: scanner.bytes[start..<scanner.index], as: UTF8.self)
    guard !text.isEmpty else { throw scanner.malformed("text is expected", at: start) }
    return text
  }

  /// - Returns: what is wrong with the value.
  private func set(_ key: String, _ value: String, _ vertex: inout RecipeVertex) -> String? {
    switch key {
    case "names":
      guard vertex.names == nil else { return "must be given once" }
      guard let names = try? Hostlist(parsing: value), !names.isEmpty else {
        return "must be names such as n[0-63], at most \(Hostlist.maximumCount)"
      }
      vertex.names = names
    case "basename":
      guard GraphWords.isName(value.utf8) else { return GraphWords.nameRule }
      vertex.fragment.basename = value == vertex.fragment.type ? nil : value
    case "id":
      guard let id = number(value, GraphLimits.maximumID) else { return FormatWords.idRule }
      vertex.fragment.firstID = id
    case "rank":
      guard let rank = number(value, ResourceGraph.maximumVertices) else {
        return "must be a whole number up to \(ResourceGraph.maximumVertices)"
      }
      guard vertex.fragment.type == ResourceGraph.hostType else { return "is for a \"\(ResourceGraph.hostType)\" only" }
      vertex.fragment.firstRank = rank
    case "size":
      guard let size = number(value, Int(FormatLimits.maximumSize)), size > 0, let amount = Amount(units: Int64(size))
      else { return FormatWords.sizeRule }
      vertex.fragment.size = amount
    default: return setWord(key, value, &vertex)
    }
    return nil
  }

  private func setWord(_ key: String, _ value: String, _ vertex: inout RecipeVertex) -> String? {
    switch key {
    case "unit":
      guard GraphWords.isUnit(value.utf8) else { return FormatWords.unitRule }
      vertex.fragment.unit = value
    case "status":
      guard value == "up" || value == "down" else { return "must be up or down" }
      vertex.fragment.status = value == "up" ? .up : .down
    case "cpus":
      guard let cpus = try? Idset(parsing: value), cpus.count <= GraphLimits.maximumProperties else {
        return "must be the numbers of hardware threads, such as 0,64, in brackets"
      }
      vertex.fragment.cpus = Array(cpus)
    case "property":
      let (key, text) = ResourceSet.parts(ofProperty: value)
      if let fault = FormatWords.fault(ofPropertyKey: key) ?? FormatWords.fault(ofPropertyValue: text) { return fault }
      guard !vertex.fragment.properties.contains(where: { $0.key == key }) else { return "names \(key) twice" }
      guard vertex.fragment.properties.count < GraphLimits.maximumProperties else { return "is given too often" }
      vertex.fragment.properties.append(Property(key: key, value: text))
      vertex.fragment.properties.sort()
    default: return "is no key; the keys are \(Self.keys.joined(separator: ", "))"
    }
    return nil
  }

  private func number(_ text: String, _ limit: Int) -> Int? {
    DecimalText.value(Array(text.utf8)).flatMap { $0 <= Int64(limit) ? Int($0) : nil }
  }
}

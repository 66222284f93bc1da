import ResourceGraph
import Vocabulary

/// Reads recipes as text and as trees, which are written in the same words.
struct RecipeReader {
  var faults = FaultList()
  var scanner = TextScanner([])
  var pointer = ""

  mutating func vertices(_ value: JSONValue, pointer: String, depth: Int) -> [RecipeVertex] {
    guard depth <= GraphLimits.maximumDepth else {
      faults.report(pointer, "must be nested at most \(GraphLimits.maximumDepth) deep")
      return []
    }
    switch value {
    case .string(let text): return vertices(text, pointer: pointer, depth: depth)
    case .object(let object): return object.members.flatMap { self.member($0, pointer: pointer, depth: depth) }
    case .null: return []
    default:
      faults.report(pointer, "must be a recipe as text, or an object of vertices and what they hold")
      return []
    }
  }

  /// A member of a tree: its name is one vertex, or a row of them, and its value is what the last one holds.
  private mutating func member(_ member: JSONObject.Member, pointer: String, depth: Int) -> [RecipeVertex] {
    let pointer = "\(pointer)/\(FaultList.escaped(member.name))"
    var row = vertices(member.name, pointer: pointer, depth: depth)
    guard faults.isEmpty else { return [] }
    var last = 0
    let height = Self.height(of: row, &last)
    guard let height else {
      faults.report(pointer, "must be one vertex, or one within another, and no list")
      return []
    }
    let held = vertices(member.value, pointer: pointer, depth: depth + height)
    Self.put(held, beneath: &row)
    return row
  }

  /// Levels of vertices of which each is alone; `nil` when one has siblings.
  private static func height(of row: [RecipeVertex], _ levels: inout Int) -> Int? {
    guard row.count == 1 else { return nil }
    levels += 1
    return row[0].children.isEmpty ? levels : height(of: row[0].children, &levels)
  }

  private static func put(_ held: [RecipeVertex], beneath row: inout [RecipeVertex]) {
    if row[0].children.isEmpty { row[0].children = held } else { put(held, beneath: &row[0].children) }
  }

  // MARK: Text

  private mutating func vertices(_ text: String, pointer: String, depth: Int) -> [RecipeVertex] {
    guard text.utf8.count <= FormatLimits.maximumRecipeBytes else {
      faults.report(pointer, "must have at most \(FormatLimits.maximumRecipeBytes) bytes")
      return []
    }
    self.pointer = pointer
    scanner = TextScanner(Array(text.utf8))
    do throws(FormatError) {
      let list = try list(depth: depth)
      try scanner.finish()
      return list
    } catch {
      if case .malformed(let offset, let message) = error {
        faults.report(pointer, "\(message), at byte \(offset + 1)")
      }
      return []
    }
  }

  /// `[vertex;vertex]`, or one vertex.
  private mutating func list(depth: Int) throws(FormatError) -> [RecipeVertex] {
    guard depth <= GraphLimits.maximumDepth else {
      throw scanner.malformed("must be nested at most \(GraphLimits.maximumDepth) deep")
    }
    scanner.skipBlanks()
    guard scanner.takesIfNext(UInt8(ascii: "[")) else { return [try vertex(depth: depth)] }
    var vertices = [try vertex(depth: depth)]
    while scanner.takesIfNext(UInt8(ascii: ";")) { vertices.append(try vertex(depth: depth)) }
    try scanner.take(UInt8(ascii: "]"))
    return vertices
  }

  /// `type=count{key:value,…}/children`.
  private mutating func vertex(depth: Int) throws(FormatError) -> RecipeVertex {
    scanner.skipBlanks()
    let start = scanner.index
    while scanner.index < scanner.bytes.count, !"=/{};[]".utf8.contains(scanner.bytes[scanner.index]) {
      scanner.index += 1
    }
    var word = scanner.bytes[start..<scanner.index]
    while let last = word.last, last == 0x20 || last == 0x0A { word = word.dropLast() }
    guard GraphWords.isType(word) else {
      throw scanner.malformed("a type \(GraphWords.typeRule)", at: start)
    }
    var vertex = RecipeVertex(
      fragment: Fragment(type: String(decoding: word, as: UTF8.self)), pointer: pointer)
    if scanner.takesIfNext(UInt8(ascii: "=")) { vertex.fragment.count = try count() }
    while scanner.takesIfNext(UInt8(ascii: "{")) { try items(&vertex) }
    if scanner.takesIfNext(UInt8(ascii: "/")) { vertex.children = try list(depth: depth + 1) }
    return vertex
  }

  private mutating func count() throws(FormatError) -> Int {
    let start = scanner.index
    while scanner.index < scanner.bytes.count, GraphWords.isDigit(scanner.bytes[scanner.index]) { scanner.index += 1 }
    guard let count = DecimalText.value(scanner.bytes[start..<scanner.index]), count >= 1,
      count <= Int64(ResourceGraph.maximumVertices)
    else { throw scanner.malformed("a count must be from 1 to \(ResourceGraph.maximumVertices)", at: start) }
    scanner.skipBlanks()
    return Int(count)
  }
}

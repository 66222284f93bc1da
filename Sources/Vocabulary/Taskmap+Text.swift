extension Taskmap {
  public enum ParsingError: Error, Equatable, Sendable {
    /// Neither an array of blocks nor an object of version 1 with one, or a block without four fitting integers.
    case malformed
    /// More tasks than there are ids.
    case tooLarge
  }

  /// Most tasks of a map that is read: as many as ids have numbers, so no product of counts overflows.
  private static let maximumTaskCount = Int64(Int32.max)

  /// The map as JSON, without blanks: `[[0,4,4,1]]`.
  public var text: String {
    let blocks = blocks.map { "[\($0.node),\($0.nodeCount),\($0.tasksPerNode),\($0.repeatCount)]" }
    return "[\(blocks.joined(separator: ","))]"
  }

  /// The map with the version of its form, as it is communicated.
  public var wrappedText: String { "{\"version\":1,\"map\":\(text)}" }

  /// The value of PMI's key `PMI_process_mapping`, in which each repetition is written out.
  ///
  /// - Parameter limit: bytes.
  /// - Returns: an empty text, which means unknown, where the value would be longer than `limit`.
  /// - Source: RFC 13, local process group information.
  public func processMapping(limit: Int) -> String {
    guard !blocks.isEmpty else { return "" }
    var text = "(vector"
    for block in blocks {
      for _ in 0..<block.repeatCount {
        text += ",(\(block.node),\(block.nodeCount),\(block.tasksPerNode))"
        if text.utf8.count >= limit { return "" }
      }
    }
    return text + ")"
  }

  /// The map of a JSON array as text, such as `[[0,4,4,1]]`; blanks may stand between its parts.
  ///
  /// - Throws: `malformed`, `tooLarge`.
  public init(parsing text: String) throws(ParsingError) {
    var reader = TaskmapReader(text)
    guard let blocks = reader.list({ reader in reader.list { $0.number() } }), reader.isAtEnd else { throw .malformed }
    try self.init(.array(blocks.map { .array($0.map { .integer($0) }) }))
  }

  /// The map of a JSON array, or of the object that wraps one.
  ///
  /// - Throws: `malformed`, `tooLarge`.
  public init(_ value: JSONValue) throws(ParsingError) {
    if let object = value.object, object["version"] != .integer(1) { throw .malformed }
    guard let entries = value.array ?? value["map"]?.array else { throw .malformed }
    var blocks: [Block] = []
    var count: Int64 = 0
    for entry in entries {
      guard let numbers = entry.array?.compactMap(\.integer), numbers.count == 4, entry.array?.count == 4,
        (0...Self.maximumTaskCount).contains(numbers[0])
      else { throw .malformed }
      var product: Int64 = 1
      for number in numbers[1...] {
        guard number > 0 else { throw .malformed }
        guard number <= Self.maximumTaskCount / product else { throw .tooLarge }
        product *= number
      }
      count += product
      guard count <= Self.maximumTaskCount else { throw .tooLarge }
      blocks.append(
        Block(
          node: Int(numbers[0]), nodeCount: Int(numbers[1]), tasksPerNode: Int(numbers[2]),
          repeatCount: Int(numbers[3])))
    }
    self.init(blocks: blocks)
  }
}

import BrokerCore

/// The path of a file that differs from task to task: what the broker left as a tag is known by the task.
///
/// - Source: flux-submit(1), "MUSTACHE TEMPLATES".
enum TaskPath {
  private static let rankTags = ["taskid", "task.id", "task.rank"]
  private static let indexTags = ["task.index", "task.localid"]
  private static let nodeTags = ["node.id"]

  /// Whether tasks may have different files.
  static func isPerTask(_ path: String) -> Bool {
    guard path.contains("{{") else { return false }
    return names(path, rankTags) || names(path, indexTags) || names(path, nodeTags)
  }

  static func expand(_ path: String, rank: Int, _ placement: TaskPlacement) -> String {
    var result = path
    for tag in rankTags { result = replaced(result, tag, by: rank) }
    for tag in indexTags { result = replaced(result, tag, by: placement.localID) }
    for tag in nodeTags { result = replaced(result, tag, by: placement.node) }
    return result
  }

  /// Whether no task before this one has the same file. Tasks start in the order of their ranks.
  static func isFirst(_ path: String, _ placement: TaskPlacement) -> Bool {
    if names(path, rankTags) { return true }
    let isFirstOfNode = placement.localID == 0 || names(path, indexTags)
    return isFirstOfNode && (placement.node == 0 || names(path, nodeTags))
  }

  private static func names(_ path: String, _ tags: [String]) -> Bool {
    tags.contains { path.contains("{{\($0)}}") }
  }

  private static func replaced(_ text: String, _ tag: String, by value: Int) -> String {
    var (result, rest) = ("", text[...])
    while let place = rest.firstRange(of: "{{\(tag)}}") {
      result += rest[..<place.lowerBound] + String(value)
      rest = rest[place.upperBound...]
    }
    return result + rest
  }
}

import Vocabulary

/// Reads `attributes.system.files`.
///
/// - Source: RFC 37, the dictionary form. Of its objects, regular files with their content are taken; directories,
///   links and content by reference are not.
extension Checker {
  /// `st_mode` of a regular file, by POSIX's numbers.
  private static let regularFile: Int64 = 0o100000
  private static let kindMask: Int64 = 0o170000

  mutating func files(_ value: JSONValue) -> [JobFile] {
    if value.isNull { return [] }
    guard let object = object(value) else { return [] }
    if object.count > JobspecLimits.maximumFiles {
      report("must have at most \(JobspecLimits.maximumFiles) files, not \(object.count)")
    }
    return object.members.compactMap { member in
      within(member.name) { $0.file(member.name, member.value) }
    }
  }

  private mutating func file(_ name: String, _ value: JSONValue) -> JobFile? {
    if name.isEmpty || name == "." || name == ".." || name.contains("/") || name.hasControlCharacter
      || name.utf8.count > JobspecLimits.maximumNameBytes
    {
      report("the name of a file must be one component of a path")
    }
    guard let object = object(value) else { return nil }
    for member in object.members where !["mode", "mtime", "ctime", "size", "encoding", "data"].contains(member.name) {
      reportUnknown(member.name, allowed: ["mode", "mtime", "ctime", "size", "encoding", "data"])
    }
    let mode = within("mode") { $0.integer(object["mode"] ?? .null, in: 0...0o177777) }
    if let mode, ![0, Self.regularFile].contains(mode & Self.kindMask) {
      report(at: "mode", "must be a regular file's; directories and links are not supported by this broker")
    }
    guard let mode, let bytes = content(object) else { return nil }
    if let size = object["size"], size.integer != Int64(bytes.count) {
      report(at: "size", "must be \(bytes.count), as the data has bytes")
    }
    return JobFile(name: name, mode: UInt32(mode & 0o777), bytes: bytes)
  }

  private mutating func content(_ object: JSONObject) -> [UInt8]? {
    switch (object["encoding"]?.string, object["data"]) {
    case (nil, nil): return []
    case (nil, let json?) where object["encoding"] == nil: return Array(json.jsonText.utf8)
    case ("utf-8", .string(let text)?): return Array(text.utf8)
    case ("base64", .string(let text)?):
      if let bytes = Base64.decode(text) { return bytes }
      report(at: "data", "is no base64")
    default: report(at: "encoding", "must be \"utf-8\" or \"base64\", with data that is a string")
    }
    return nil
  }
}

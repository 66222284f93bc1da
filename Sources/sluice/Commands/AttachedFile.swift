import APIClient
import ArgumentParser
import Glibc
import Vocabulary

/// A file that travels with a job and stands in its temporary directory while it runs.
///
/// - Source: RFC 37; flux-submit(1), `--add-file`.
struct AttachedFile {
  /// Half of what a submission takes, since the job's environment travels too.
  static let largest = 128 << 10
  private static let regularFile: Int64 = 0o100000

  let name: String
  /// As a member of `attributes.system.files`.
  let json: JSONValue

  /// - Parameters:
  ///   - permissions: nine bits.
  ///   - hasCopies: written so that what copies replace in texts is not replaced in it.
  init(_ bytes: [UInt8], name: String, permissions: Int64, hasCopies: Bool = false) {
    let text = hasCopies ? nil : String(validating: bytes, as: UTF8.self)
    self.name = name
    json = .object([
      "mode": .integer(Self.regularFile | permissions), "size": .integer(Int64(bytes.count)),
      "encoding": .string(text == nil ? "base64" : "utf-8"), "data": .string(text ?? Base64.encode(bytes)),
    ])
  }

  /// - Parameter text: `PATH`, `NAME=PATH`, or `NAME=` and several lines, which are the content.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let path = parts.last ?? ""
    let name = parts.count == 2 ? parts[0] : path.split(separator: "/").last.map(String.init) ?? ""
    guard !name.isEmpty, !path.isEmpty, !name.contains("/") else {
      throw ValidationError("'\(text)' is no file to add: write PATH or NAME=PATH.")
    }
    if parts.count == 2, path.contains("\n") {
      self.init(Array(path.utf8), name: name, permissions: 0o600)
    } else {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else {
        throw ValidationError("\(path) cannot be read: \(unsafe String(cString: strerror(errno))).")
      }
      guard status.st_mode & S_IFMT == S_IFREG else { throw ValidationError("\(path) is no regular file.") }
      let bytes = try ByteSource(path: path).allBytes(upTo: Self.largest)
      guard bytes.count <= Self.largest else {
        throw ValidationError("\(path) has more than \(Self.largest) bytes; name it where it is instead.")
      }
      self.init(bytes, name: name, permissions: Int64(status.st_mode & 0o777))
    }
  }

  /// Puts it into the attributes of a submission, beside what is there.
  func put(into attributes: inout JSONObject) {
    var system = attributes["system"]?.object ?? [:]
    var files = system["files"]?.object ?? [:]
    files[name] = json
    system["files"] = .object(files)
    attributes["system"] = .object(system)
  }
}

import BrokerCore
import Cryptography
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Vocabulary

extension API {
  /// Bytes of values in one page: a page with large values may be short, with a cursor.
  private static let valueBytesPerPage = 1 << 20

  func listKeys(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(
      context.head, allowing: ["prefix", "at", "recursive", "values", "limit", "cursor", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    return try listDirectory(try KeyText.directory(try query.text("prefix") ?? "."), place, query, context)
  }

  /// Where a list goes on: the state that it began in, and the last name or key.
  private struct Cursor {
    let revision: UInt64
    let after: String
  }

  func listDirectory(
    _ directory: Key, _ place: KeyPlace, _ query: QueryReader, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    let recursive = try query.flag("recursive")
    let values = try query.flag("values")
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    let purpose = "keys \(place.id.userID) \(place.id.name.text) \(directory.text) \(recursive) \(values)"
    let cursor = try query.text("cursor").map { text throws(Problem) in try openKeyCursor(text, purpose) }
    let asked = try query.text("at")
    let (root, revision) =
      if let cursor { (try place.root(atRevision: cursor.revision), cursor.revision) } else {
        try place.root(at: asked)
      }
    let target = try directoryTarget(directory, place, root)
    var writer = JSONWriter(reservingCapacity: 4_096)
    writer.beginObject()
    writer.name("items")
    let next = try Self.writeItems(
      root, target, after: cursor?.after, limit: limit, recursive: recursive, values: values, to: &writer)
    if let next {
      var packed = PackedWriter()
      packed.write(revision)
      packed.write(next)
      writer.field("next_cursor", configuration.sealer.seal(packed.bytes, purpose: purpose))
    } else {
      writer.nullField("next_cursor")
    }
    writer.field("revision", revision)
    writer.field("position", Position(epoch: place.epoch, seq: revision).text)
    writer.endObject()
    return .now(Answers.json(200, context.requestID, writer.take()))
  }

  /// The directory itself, after links inside the namespace.
  private func directoryTarget(_ directory: Key, _ place: KeyPlace, _ root: Root) throws(Problem) -> Key {
    guard !directory.isRoot else { return directory }
    let resolution: Resolution
    do throws(ResolutionError) {
      resolution = try root.resolve(directory, in: place.id.name)
    } catch {
      throw Self.unresolvable(error)
    }
    guard case .found(let key, let lookup) = resolution else {
      throw Problem(422, "leaves_namespace", "a link leads out of the namespace")
    }
    switch lookup {
    case .directory, .absent: return key
    case .entry(let entry):
      if case .directory = entry.content { return key }
      throw Problem(409, "not_a_directory", "the key holds a value")
    case .link: throw .notFound
    }
  }

  /// - Returns: after what the next page begins; `nil` at the end.
  private static func writeItems(
    _ root: Root, _ directory: Key, after: String?, limit: Int, recursive: Bool, values: Bool,
    to writer: inout JSONWriter
  ) throws(Problem) -> String? {
    var bytes = 0
    var last: String?
    var isComplete: Bool
    writer.beginArray()
    if recursive {
      let start = try after.map { text throws(Problem) in try KeyText.key(text) }
      let page = root.entries(under: directory, after: start, limit: limit)
      isComplete = page.isLast
      for item in page.items {
        guard bytes < valueBytesPerPage else {
          isComplete = false
          break
        }
        bytes += values ? item.entry.value?.count ?? 0 : 0
        writer.object { writer in
          writer.field("key", item.key.text)
          KeyRendering.write(item.entry, withValue: values, to: &writer)
        }
        last = item.key.text
      }
    } else {
      let page = root.children(of: directory, after: after, limit: limit)
      isComplete = page.isLast
      for item in page.items {
        guard bytes < valueBytesPerPage else {
          isComplete = false
          break
        }
        if values, case .entry(let entry) = item.kind { bytes += entry.value?.count ?? 0 }
        writer.object { KeyRendering.write(item, under: directory, withValue: values, to: &$0) }
        last = item.name
      }
    }
    writer.endArray()
    return isComplete ? nil : last
  }

  private func openKeyCursor(_ text: String, _ purpose: String) throws(Problem) -> Cursor {
    let refusal = Problem(400, "bad_cursor", "the cursor is not one of this list's")
    guard let bytes = configuration.sealer.open(text, purpose: purpose) else { throw refusal }
    var reader = PackedReader(bytes)
    guard let revision = try? reader.readUInt64(), let after = try? reader.readString() else { throw refusal }
    return Cursor(revision: revision, after: after)
  }
}

import BrokerCore
import HTTPServing
import JSONText
import KeyValues
import Vocabulary

/// Transactions, and the operations of fences, as requests write them.
enum TransactionReader {
  static let limits = JSONLimits(
    maximumDepth: 32, maximumValues: 32_768, maximumBytes: KeyValueLimits.transactionBytes)

  /// - Parameter size: of a stored blob; `nil` when there is none.
  static func transaction(_ body: [UInt8], _ size: @escaping (Digest) -> Int?) throws(Problem) -> Transaction {
    let fields = try ClosedObject(body, allowing: ["compare", "then", "else"], limits: limits)
    var compares: [Transaction.Compare] = []
    for (index, value) in (try fields.list("compare", upTo: KeyValueLimits.transactionCompares) ?? []).enumerated() {
      compares.append(try compare(value, at: "/compare/\(index)"))
    }
    return Transaction(
      compares: compares, then: try operations(fields, "then", size), otherwise: try operations(fields, "else", size))
  }

  static func operations(
    _ fields: ClosedObject, _ name: String, _ size: (Digest) -> Int?
  ) throws(Problem) -> [Transaction.Operation] {
    var operations: [Transaction.Operation] = []
    for (index, value) in (try fields.list(name, upTo: KeyValueLimits.transactionOperations) ?? []).enumerated() {
      operations.append(try operation(value, at: "/\(name)/\(index)", size))
    }
    return operations
  }

  private static func compare(_ json: JSONValue, at place: String) throws(Problem) -> Transaction.Compare {
    let names = ["revision", "revision_below", "revision_above", "exists", "value", "base64"]
    let fields = try ClosedObject(json, at: place, allowing: ["key"] + names)
    let key = try key(fields, place)
    guard names.filter({ fields.given($0) != nil }).count == 1 else {
      throw Problem(invalid: place, "must hold one of \(names.joined(separator: ", "))")
    }
    if fields.given("exists") != nil { return .exists(key, try fields.flag("exists")) }
    let orders: [(String, Transaction.Compare.Order)] = [
      ("revision", .equal), ("revision_below", .less), ("revision_above", .greater),
    ]
    for (name, order) in orders {
      if let revision = try fields.integer(name, in: 0...Int64.max) { return .revision(key, order, UInt64(revision)) }
    }
    return .value(key, try bytes(fields, place) ?? [])
  }

  private static func key(_ fields: ClosedObject, _ place: String, isDirectory: Bool = false) throws(Problem) -> Key {
    guard let text = fields.value("key")?.string else {
      throw Problem(invalid: "\(place)/key", "must be a key")
    }
    return try parsed(text, at: "\(place)/key", isDirectory: isDirectory)
  }

  private static func parsed(_ text: String, at pointer: String, isDirectory: Bool) throws(Problem) -> Key {
    do throws(KeyError) {
      return isDirectory ? try Key(directory: text) : try Key(text)
    } catch {
      throw Problem(invalid: pointer, KeyText.message(error))
    }
  }

  private static func operation(
    _ json: JSONValue, at place: String, _ size: (Digest) -> Int?
  ) throws(Problem) -> Transaction.Operation {
    let values = ["value", "base64", "json"]
    let known = ["op", "key", "media_type", "recursive", "limit", "target", "namespace", "blob"] + values
    let fields = try ClosedObject(json, at: place, allowing: known)
    func only(_ names: [String]) throws(Problem) {
      for name in known where fields.given(name) != nil && !(["op", "key"] + names).contains(name) {
        throw Problem(invalid: "\(place)/\(name)", "does not belong to this operation")
      }
    }
    switch fields.value("op")?.string {
    case "put":
      try only(values + ["media_type", "blob"])
      return try put(fields, place, size)
    case "append":
      try only(values + ["media_type"])
      guard let bytes = try bytes(fields, place) else { throw Problem(invalid: place, "needs value, base64 or json") }
      return .append(try key(fields, place), bytes, try mediaType(fields))
    case "delete":
      try only(["recursive"])
      return .delete(try key(fields, place, isDirectory: true), recursive: try fields.flag("recursive"))
    case "symlink":
      try only(["target", "namespace"])
      return try symlink(fields, place)
    case "mkdir":
      try only([])
      return .makeDirectory(try key(fields, place))
    case "get":
      try only([])
      return .get(try key(fields, place))
    case "list":
      try only(["limit"])
      let limit = try fields.integer("limit", in: 1...Int64(KeyValueLimits.listedEntries)) ?? 100
      return .list(try key(fields, place, isDirectory: true), limit: Int(limit))
    default: throw Problem(invalid: "\(place)/op", "must be put, append, delete, symlink, mkdir, get or list")
    }
  }

  private static func put(
    _ fields: ClosedObject, _ place: String, _ size: (Digest) -> Int?
  ) throws(Problem) -> Transaction.Operation {
    let key = try key(fields, place)
    let type = try mediaType(fields)
    let bytes = try bytes(fields, place)
    guard let text = try fields.text("blob", upTo: 71) else {
      guard let bytes else { throw Problem(invalid: place, "needs value, base64, json or blob") }
      return .put(key, .bytes(Value(bytes)), type)
    }
    guard bytes == nil, let digest = BlobName.digest(text) else {
      throw Problem(invalid: "\(place)/blob", "must be sha256- and 64 hexadecimal digits, and the only content")
    }
    guard let size = size(digest) else { throw Problem(invalid: "\(place)/blob", "is not stored; PUT it first") }
    return .put(key, .blob(digest, size: size), type)
  }

  private static func symlink(_ fields: ClosedObject, _ place: String) throws(Problem) -> Transaction.Operation {
    guard let text = fields.value("target")?.string else {
      throw Problem(invalid: "\(place)/target", "must be a key")
    }
    let target = try parsed(text, at: "\(place)/target", isDirectory: true)
    let name = try fields.text("namespace", upTo: 256).map { text throws(Problem) in
      guard let name = NamespaceName(text) else {
        throw Problem(invalid: "\(place)/namespace", "must be the name of a namespace")
      }
      return name
    }
    return .symlink(try key(fields, place), target: target, namespace: name)
  }

  private static func mediaType(_ fields: ClosedObject) throws(Problem) -> MediaType {
    if let text = try fields.text("media_type", upTo: KeyValueLimits.mediaTypeBytes) {
      guard let type = API.mediaType(text) else {
        throw Problem(invalid: fields.pointer("media_type"), "must be printable ASCII characters")
      }
      return type
    }
    return fields.given("value") != nil
      ? "text/plain; charset=utf-8" : fields.value("json") != nil ? .json : .octetStream
  }

  /// - Returns: `nil` when there is none.
  static func bytes(_ fields: ClosedObject, _ place: String) throws(Problem) -> [UInt8]? {
    let given = ["value", "base64", "json"].filter { fields.value($0) != nil }
    guard given.count <= 1 else { throw Problem(invalid: place, "holds more than one value") }
    switch given.first {
    case "value":
      guard let text = fields.value("value")?.string else { throw Problem(invalid: "\(place)/value", "must be a text") }
      return Array(text.utf8)
    case "base64":
      guard let bytes = fields.value("base64")?.string.flatMap({ Base64.decode($0) }) else {
        throw Problem(invalid: "\(place)/base64", "must be base64 with padding (RFC 4648 §4)")
      }
      return bytes
    case "json":
      var writer = JSONWriter()
      writer.value(fields.value("json") ?? .null)
      return writer.take()
    default: return nil
    }
  }
}

/// How blobs are named.
enum BlobName {
  static func digest(_ text: String) -> Digest? {
    guard text.hasPrefix("sha256-") else { return nil }
    return Digest(hex: text.dropFirst(7))
  }
}

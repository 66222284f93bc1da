import APIClient
import ArgumentParser
import JSONText
import Vocabulary

/// What several commands write alike.
enum KeyWrite {
  static let text = "text/plain; charset=utf-8"
  static let bytes = "application/octet-stream"

  /// `KEY=VALUE`, cut at the first sign: a value may hold more of them.
  static func assignment(_ text: String) throws(ValidationError) -> (key: String, value: String) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw ValidationError("'\(text)' is no KEY=VALUE.")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  /// A put of these bytes: in the operation itself, or as a blob that is stored first.
  static func put(
    _ key: String, _ source: ByteSource, mediaType: String?, _ space: KeySpace, _ client: BrokerClient
  ) throws -> JSONObject {
    var operation: JSONObject = ["op": .string("put"), "key": .string(key)]
    operation["media_type"] = .string(mediaType ?? bytes)
    guard source.isLarge else {
      if let text = String(validating: source.head, as: UTF8.self), !text.utf8.contains(0) {
        operation["value"] = .string(text)
      } else {
        operation["base64"] = .string(Base64.encode(source.head))
      }
      return operation
    }
    guard space.user == nil else {
      throw ClientError(
        "Values above \(BrokerClient.largestValue) bytes are blobs, which are stored for yourself only",
        advice: "Leave out --user.")
    }
    let blob = try source.blobName()
    try source.upload(as: blob, client)
    operation["blob"] = .string(blob)
    return operation
  }

  /// JSON of the command line, as it is stored.
  static func json(_ text: String, for key: String) throws(ClientError) -> JSONValue {
    do throws(JSONSyntaxError) {
      return try JSONText.parse(Array(text.utf8), limits: .storedValue, root: .any)
    } catch {
      throw ClientError("The value of '\(key)' is no JSON: \(error.reason)")
    }
  }

  /// Carries out writes as one commit, under conditions that must hold.
  ///
  /// - Parameter refusal: what it means when they do not.
  @discardableResult
  static func commit(
    _ operations: [JSONObject], if compares: [JSONObject] = [], in space: KeySpace, _ client: BrokerClient,
    refusal: String = ""
  ) throws(ClientError) -> JSONValue {
    var body: JSONObject = ["then": .array(operations.map { .object($0) })]
    if !compares.isEmpty { body["compare"] = .array(compares.map { .object($0) }) }
    let answer = try client.transact(body, in: space)
    guard answer["succeeded"]?.bool == true else { throw ClientError(refusal, advice: "Nothing was written.") }
    return answer
  }

  static func showRevision(_ answer: JSONValue, if isAsked: Bool) {
    if isAsked { Console.line(JobTable.text(answer["revision"])) }
  }
}

/// What is told about a write.
struct KeyWriteOptions: ParsableArguments {
  @Flag(name: [.short, .long], help: "Print the revision of the commit.")
  var sequence = false
}

import APIClient
import JSONText
import Vocabulary

/// JSON that is handed to a command.
enum JSONInput {
  /// As much as the broker takes in one transaction: 4 MiB.
  private static let limits = JSONLimits(maximumDepth: 32, maximumValues: 32_768, maximumBytes: 4 << 20)

  /// - Parameter path: `-` is the standard input.
  static func object(from path: String) throws(ClientError) -> JSONObject {
    guard case .object(let object) = try value(try bytes(from: path), named: name(path)) else {
      throw ClientError("\(name(path)) holds no JSON object")
    }
    return object
  }

  /// Operations of a fence: an array.
  static func array(_ text: [UInt8], named name: String) throws(ClientError) -> [JSONValue] {
    guard case .array(let array) = try value(text, named: name) else {
      throw ClientError("\(name) holds no JSON array")
    }
    return array
  }

  static func bytes(from path: String) throws(ClientError) -> [UInt8] {
    let source = try ByteSource(path: path)
    return try source.allBytes(upTo: limits.maximumBytes)
  }

  private static func name(_ path: String) -> String { path == "-" ? "The standard input" : path }

  private static func value(_ bytes: [UInt8], named name: String) throws(ClientError) -> JSONValue {
    do throws(JSONSyntaxError) {
      return try JSONText.parse(bytes, limits: limits)
    } catch {
      throw ClientError("\(name) is no JSON: line \(error.line), column \(error.column): \(error.reason)")
    }
  }
}

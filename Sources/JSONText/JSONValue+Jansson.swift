import CJansson
import Vocabulary

extension JSONValue {
  /// Copies jansson's tree; the scan bounded its depth.
  init(copying json: UnsafeMutablePointer<json_t>) {
    switch unsafe json.pointee.type {
    case JSON_OBJECT: self = unsafe .object(JSONObject(copying: json))
    case JSON_ARRAY: self = unsafe .array(Self.elements(of: json))
    case JSON_STRING: self = unsafe .string(Self.text(json_string_value(json), json_string_length(json)))
    case JSON_INTEGER: self = unsafe .integer(Int64(json_integer_value(json)))
    case JSON_REAL: self = unsafe .real(json_real_value(json))
    case JSON_TRUE: self = .bool(true)
    case JSON_FALSE: self = .bool(false)
    default: self = .null
    }
  }

  private static func elements(of json: UnsafeMutablePointer<json_t>) -> [JSONValue] {
    let count = unsafe json_array_size(json)
    return unsafe [JSONValue](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        guard let element = unsafe json_array_get(json, index) else { return }
        unsafe buffer.initializeElement(at: index, to: JSONValue(copying: element))
        initialized = index + 1
      }
    }
  }

  /// By length: nothing depends on where a NUL is.
  fileprivate static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    guard let start = unsafe start else { return "" }
    return unsafe start.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
      unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
  }
}

extension JSONObject {
  /// jansson iterates in the order of the text and has refused duplicate names.
  fileprivate init(copying json: UnsafeMutablePointer<json_t>) {
    var members: [Member] = []
    members.reserveCapacity(unsafe json_object_size(json))
    var next = unsafe json_object_iter(json)
    while let member = unsafe next {
      if let value = unsafe json_object_iter_value(member) {
        members.append(
          Member(
            name: unsafe JSONValue.text(json_object_iter_key(member), json_object_iter_key_len(member)),
            value: unsafe JSONValue(copying: value)))
      }
      unsafe next = json_object_iter_next(json, member)
    }
    self.init(uniqueMembers: members)
  }
}

import CMicrohttpd
import Glibc

/// A request head as the library holds it; valid during its first handler call.
@safe struct RawHead: ~Copyable {
  /// Empty if the method is longer than any that is known.
  let method: String
  let version: String
  /// The target, copied before the library took it apart.
  let target: [UInt8]
  /// Bytes from the method to the end of the blank line.
  let headSize: Int
  /// Header fields, also those that did not fit `fields`.
  let fieldCount: Int
  private let methodStart: UnsafePointer<CChar>
  private let versionStart: UnsafePointer<CChar>
  private let targetStart: UnsafePointer<CChar>
  private let fields: UnsafeMutableBufferPointer<mhd_field>

  init(
    connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
    url: UnsafePointer<CChar>, target: [UInt8], fields: UnsafeMutableBufferPointer<mhd_field>
  ) {
    unsafe methodStart = method
    unsafe versionStart = version
    unsafe targetStart = url
    unsafe self.fields = fields
    self.target = target
    self.method = unsafe strnlen(method, 16) < 16 ? String(cString: method) : "?"
    self.version = unsafe String(cString: version)
    headSize = unsafe mhd_head_size(connection)
    fieldCount = unsafe mhd_header_fields(connection, fields.baseAddress, fields.count)
  }

  var storedCount: Int { unsafe min(fieldCount, fields.count) }

  func name(_ index: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: fields[index].name, count: fields[index].name_length)
  }

  func value(_ index: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: fields[index].value, count: fields[index].value_length)
  }

  /// Checks that method, target, version and fields lie in the read buffer just as a plain head would.
  ///
  /// The library parses in place: it ends each piece with a NUL and hands out pointers.  Where two pieces
  /// are not exactly one blank, one colon or one CR LF apart, something was skipped or glued: a second
  /// blank, a NUL, a bare LF, or a folded line (whose pieces are copied elsewhere).  Only addresses are
  /// compared, except for blanks after a colon, which lie between two pieces of one buffer.
  func checkLayout() throws(GuardFault) {
    let start = unsafe UInt(bitPattern: methodStart)
    let targetAddress = unsafe UInt(bitPattern: targetStart)
    let versionAddress = unsafe UInt(bitPattern: versionStart)
    guard unsafe targetAddress == start + UInt(strlen(methodStart)) + 1,
      versionAddress == targetAddress + UInt(target.count) + 1
    else { throw .framing("The request line has a NUL or more than two blanks.") }
    var next = versionAddress + UInt(version.utf8.count) + 2
    for index in 0..<storedCount {
      let field = unsafe fields[index]
      let name = unsafe UInt(bitPattern: field.name)
      let colon = unsafe name + UInt(field.name_length)
      let value = unsafe UInt(bitPattern: field.value)
      guard name == next, value > colon, value - colon < UInt(headSize) else { throw Self.irregularLine }
      let gap = unsafe UnsafeRawBufferPointer(
        start: UnsafeRawPointer(field.name) + field.name_length + 1, count: Int(value - colon) - 1)
      guard unsafe gap.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { throw Self.irregularLine }
      next = unsafe value + UInt(field.value_length) + 2
    }
    guard next + 2 == start + UInt(headSize) else { throw Self.irregularLine }
  }

  private static var irregularLine: GuardFault {
    .framing("A line of the head is folded, holds a NUL, or does not end with CR LF.")
  }
}

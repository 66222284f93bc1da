/// A list of C strings in one block of memory, ended by a null pointer, as `execve` wants its arguments.
struct CStrings {
  private var bytes: [UInt8] = []
  private var starts: [Int] = []

  init(reservingBytes count: Int = 0) { bytes.reserveCapacity(count) }

  init(_ strings: [String]) {
    for string in strings { append(string) }
  }

  /// - Precondition: `string` holds no NUL; `TaskLauncher` checks orders before.
  mutating func append(_ string: String) {
    starts.append(bytes.count)
    bytes.append(contentsOf: string.utf8)
    bytes.append(0)
  }

  /// Appends `name=value`.
  mutating func append(_ name: String, _ value: String) {
    starts.append(bytes.count)
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: "="))
    bytes.append(contentsOf: value.utf8)
    bytes.append(0)
  }

  /// Calls `body` with pointers that are valid until it returns.
  mutating func withPointers<Result>(
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let starts = starts
    return unsafe bytes.withUnsafeMutableBytes { buffer in
      var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
      unsafe pointers.reserveCapacity(starts.count + 1)
      for start in starts {
        unsafe pointers.append(buffer.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self))
      }
      unsafe pointers.append(nil)
      // A pointer to the first element of an array that has at least its null pointer.
      return unsafe body(&pointers)
    }
  }
}

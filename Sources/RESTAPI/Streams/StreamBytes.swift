import Vocabulary

extension ArraySlice<UInt8> {
  /// Moves as much of it as fits behind the `count` bytes that `buffer` holds already.
  mutating func move(into buffer: UnsafeMutableRawBufferPointer, _ count: inout Int) {
    let fitting = Swift.min(self.count, buffer.count - count)
    guard fitting > 0 else { return }
    let destination = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + fitting])
    unsafe destination.copyBytes(from: prefix(fitting))
    self = dropFirst(fitting)
    count += fitting
  }
}

extension EventStream.Form {
  /// Where a stream stands when nothing else says so.
  func bookmark(at position: Position) -> ArraySlice<UInt8> {
    switch self {
    case .lines: Array("{\"bookmark\":\"\(position.text)\"}\n".utf8)[...]
    case .serverSentEvents: Array("id: \(position.text)\nevent: bookmark\ndata: {}\n\n".utf8)[...]
    }
  }
}

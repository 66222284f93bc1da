/// What libcurl's callbacks work on during one call.
final class TransferState {
  private let exchange: HTTPExchange
  /// What was pulled and not yet sent.
  private var pending: ArraySlice<UInt8> = []

  init(_ exchange: HTTPExchange) { self.exchange = exchange }

  /// Fills `buffer`; how much of it, 0 at the end.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    if pending.isEmpty {
      guard let next = exchange.pull() else { return 0 }
      pending = next[...]
    }
    let piece = pending.prefix(buffer.count)
    unsafe buffer.copyBytes(from: piece)
    pending = pending.dropFirst(piece.count)
    return piece.count
  }
}

extension TransferState {
  typealias Callback =
    @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

  /// `CURLOPT_HEADERFUNCTION`: any count but the one given ends the transfer.
  static let onHeader: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let state = unsafe Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue()
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe state.exchange.take(headerLine: line) ? size * count : -1
  }

  /// `CURLOPT_WRITEFUNCTION`: any count but the one given ends the transfer.
  static let onWrite: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let state = unsafe Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue()
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe state.exchange.take(body: piece) ? size * count : -1
  }

  /// `CURLOPT_READFUNCTION`: 0 ends the body.
  static let onRead: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let state = unsafe Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue()
    return unsafe state.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
  }
}

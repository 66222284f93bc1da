import APIClient
import Cryptography
import Glibc
import Vocabulary

/// Prints a blob while its digest is computed.
struct BlobPrinter {
  let printer: ValuePrinter
  let digest: Digest

  private final class State {
    var message = SHA256()
    var last: UInt8?
  }

  /// - Returns: whether the bytes that were printed are those of the digest.
  func show(
    _ entry: ProvedEntry, at revision: String?, _ space: KeySpace, _ client: BrokerClient
  ) throws(ClientError) -> Bool {
    let state = State()
    printer.begin(entry.key)
    try client.readValue(of: entry.key, in: space, at: revision) { bytes in
      state.message.update(bytes)
      state.last = bytes.last ?? state.last
      Console.bytes(bytes, to: STDOUT_FILENO)
    }
    printer.end(lastByte: state.last)
    var message = SHA256()
    swap(&message, &state.message)
    return message.finish() == digest
  }
}

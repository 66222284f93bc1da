import Vocabulary

/// One block of a large value, with its digest once that is known.
///
/// Sendable although a field varies: see `Node`, whose rule the block's digest shares.
final class ValueBlock: @unchecked Sendable {
  let bytes: [UInt8]
  /// Written once, by sealing.
  var digest: Digest?

  init(_ bytes: [UInt8]) { self.bytes = bytes }
}

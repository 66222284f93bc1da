/// One stream of an attempt that `OutputStore` keeps, as its shepherd sees it.
///
///     (new) ──opened──► open, without a name ──written to, or no longer young──► named, closed
///                          └──empty at the end──► (given back)
struct StoredStream {
  let stream: OutputStore.Stream
  /// The open file that tasks get; nobody else closes it.
  var descriptor: Int32?
  /// The file can be found by its path.
  var isNamed = false
}

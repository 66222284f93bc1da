extension Transaction {
  /// Checks what needs no state: counts, sizes, and that no branch writes a key twice.
  func check() throws(TransactionRefusal) {
    let count = then.count + otherwise.count
    guard count > 0 else { throw TransactionRefusal(.transaction, .noOperations) }
    guard count <= KeyValueLimits.transactionOperations else {
      throw TransactionRefusal(.transaction, .tooManyOperations(count))
    }
    guard compares.count <= KeyValueLimits.transactionCompares else {
      throw TransactionRefusal(.transaction, .tooManyOperations(compares.count))
    }
    let bytes =
      compares.reduce(0) { $0 + $1.byteCount } + then.reduce(0) { $0 + $1.byteCount }
      + otherwise.reduce(0) { $0 + $1.byteCount }
    guard bytes <= KeyValueLimits.transactionBytes else {
      throw TransactionRefusal(.transaction, .tooLarge(bytes: bytes))
    }
    if let (first, second) = Self.overlap(of: Self.written(by: then)) {
      throw TransactionRefusal(.then(second), .writtenTwice(with: first))
    }
    if let (first, second) = Self.overlap(of: Self.written(by: otherwise)) {
      throw TransactionRefusal(.otherwise(second), .writtenTwice(with: first))
    }
  }

  private static func written(by operations: [Operation]) -> [(key: Key, index: Int)] {
    operations.enumerated().filter(\.element.isWrite).map { ($0.element.key, $0.offset) }
  }

  /// Indexes of two writes of which one is at or below the other's key, the lower index first.
  ///
  /// What is below a key follows it in key order without a gap, so neighbours are enough.
  static func overlap(of writes: [(key: Key, index: Int)]) -> (Int, Int)? {
    let sorted = writes.sorted { $0.key != $1.key ? $0.key < $1.key : $0.index < $1.index }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.key == b.key || a.key.isAncestor(of: b.key) {
      return (min(a.index, b.index), max(a.index, b.index))
    }
    return nil
  }
}

extension Transaction.Compare {
  fileprivate var byteCount: Int {
    if case .value(let key, let bytes) = self { key.bytes.count + bytes.count } else { key.bytes.count }
  }
}

extension Transaction.Operation {
  /// Bytes of key and value; those of a blob are not part of the transaction.
  fileprivate var byteCount: Int {
    switch self {
    case .put(let key, .bytes(let value), _): key.bytes.count + value.count
    case .append(let key, let bytes, _): key.bytes.count + bytes.count
    case .symlink(let key, let target, _): key.bytes.count + target.bytes.count
    default: key.bytes.count
    }
  }
}

/// Why a transaction is not carried out; nothing of it was.
public struct TransactionRefusal: Error, Equatable, Sendable {
  /// What is at fault.
  public enum Place: Hashable, Sendable {
    case transaction
    case compare(Int)
    case then(Int)
    case otherwise(Int)
  }

  public enum Reason: Equatable, Sendable {
    case noOperations
    /// More than `KeyValueLimits.transactionOperations`, or comparisons than `transactionCompares`.
    case tooManyOperations(Int)
    /// More than `KeyValueLimits.transactionBytes`.
    case tooLarge(bytes: Int)
    /// The operation of this index in the same branch writes the same key, one above or one below it.
    case writtenTwice(with: Int)
    /// The root is a directory: nothing else can be put there.
    case rootNotWritable
    /// `put` takes bytes and blob references; the other kinds have operations of their own.
    case contentNotPuttable
    /// More than `KeyValueLimits.valueBytes`.
    case valueTooLarge(bytes: Int)
    /// More than `KeyValueLimits.mediaTypeBytes`.
    case mediaTypeTooLong(bytes: Int)
    /// The key holds a blob reference, or is a directory with keys below it.
    case notAppendable
    /// Keys are below: only a recursive `delete` removes them.
    case directoryNotEmpty
    /// A link leads out of the namespace.
    case leavesNamespace(NamespaceName)
    case tooManyLinks
    /// A link's target and the rest of the key exceed the limits of keys.
    case keyTooLong
    case tooManyKeys(limit: Int)
    case tooManyBytes(limit: Int)
  }

  public let place: Place
  public let reason: Reason

  public init(_ place: Place, _ reason: Reason) {
    self.place = place
    self.reason = reason
  }
}

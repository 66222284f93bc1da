/// A program and how many copies of it run in the slots.
///
/// - Source: RFC 14, "Tasks".
public struct TaskRequest: Hashable, Sendable {
  /// How many tasks there are.
  public enum Count: Hashable, Sendable {
    case perSlot(Int64)
    case total(Int64)
    /// For each resource of a type that a slot holds. Not in version 1.
    case perResource(type: String, count: Int64)
  }

  /// The program and its arguments; never empty.
  public let command: [String]
  /// The label of the slot that it runs in.
  public let slot: String
  public let count: Count

  public init(command: [String], slot: String, count: Count) {
    self.command = command
    self.slot = slot
    self.count = count
  }
}

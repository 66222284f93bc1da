/// One variable that a job sets or unsets.
public struct EnvironmentEntry: Hashable, Sendable {
  public let name: String
  /// `nil`: the variable is to be unset.
  public let value: String?

  public init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}

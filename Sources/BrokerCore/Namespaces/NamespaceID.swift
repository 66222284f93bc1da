public import KeyValues
public import Vocabulary

/// Which namespace: names are each user's own.
public struct NamespaceID: Hashable, Comparable, Sendable {
  /// The scope of `primary`: no user's number is so high.
  static let instanceScope = UInt32.max
  static let primary: NamespaceID? = NamespaceName("primary").map { NamespaceID(userID: instanceScope, name: $0) }

  public let userID: UInt32
  public let name: NamespaceName

  /// Whether it is the instance's own rather than a user's.
  public var isInstances: Bool { userID == Self.instanceScope }

  /// Whether it comes into being with its first write.
  public var isImplicit: Bool { isInstances || job != nil }

  public init(userID: UInt32, name: NamespaceName) {
    self.userID = userID
    self.name = name
  }

  /// The job whose namespace is called so: `job-` and its id in F58.
  var job: JobID? {
    guard name.text.hasPrefix("job-"), let id = JobID(parsing: String(name.text.dropFirst(4))),
      name.text.utf8.dropFirst(4).elementsEqual(id.f58.utf8)
    else { return nil }
    return id
  }

  /// The name that everybody finds the job's namespace by.
  public static func name(of job: JobID) -> NamespaceName? { NamespaceName("job-\(job.f58)") }

  public static func < (a: Self, b: Self) -> Bool { a.userID != b.userID ? a.userID < b.userID : a.name < b.name }
}

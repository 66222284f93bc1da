public import ResourceGraph
public import Vocabulary

/// One request's changes of the graph: all of them or none.
///
/// Each is looked up in the graph that those before it made, so that a request may add a rack and then nodes to it.
public struct GraphMutation: Sendable {
  /// Recipes are as compact as what they make, so that this is many.
  public static let maximumOperations = 1_000

  /// The version of the graph that the caller has seen; `nil`: any will do.
  public let expectedVersion: UInt64?
  public let operations: [Operation]

  /// - Precondition: at most `maximumOperations`.
  public init(expectedVersion: UInt64?, operations: [Operation]) {
    precondition(operations.count <= Self.maximumOperations)
    self.expectedVersion = expectedVersion
    self.operations = operations
  }

  public enum Operation: Sendable, Equatable {
    /// Subtrees, and edges among what is there by then.
    case add(GraphDocument, under: VertexReference)
    case remove(VertexReference, RemovalMode)
    case setStatus(VertexReference, VertexStatus)
    /// The reason; `nil`: it takes work again.
    case drain(VertexReference, reason: String?)
    case exclude(VertexReference, Bool)
    case setProperties(VertexReference, [PropertyChange])
    case resize(VertexReference, Amount)
    case addEdge(EdgeDescription)
    case removeEdge(EdgeDescription)
  }
}

/// How a caller names a vertex.
public enum VertexReference: Sendable, Equatable {
  /// Of containment, such as `/cluster0/rack1/node17`.
  case path(String)
  case number(VertexID)
  /// A ranked vertex by its host's name.
  case host(String)
}

/// What becomes of a removal when something there is held.
public enum RemovalMode: Sendable, Equatable, CaseIterable {
  /// It is refused.
  case reject
  /// Nothing new is placed there, and it goes when the last holder has left.
  case drain
  /// The same, and its jobs are ended and wait again.
  case evict

  public var name: String {
    switch self {
    case .reject: "reject"
    case .drain: "drain"
    case .evict: "evict"
    }
  }

  public init?(name: some StringProtocol) {
    guard let mode = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = mode
  }
}

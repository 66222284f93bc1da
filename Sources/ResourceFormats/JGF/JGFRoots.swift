/// How many vertices without a parent a document may have.
public enum JGFRoots: Sendable {
  /// One: the document is a whole graph.
  case one
  /// Any number: they are to be added beneath a vertex that is there already.
  case several
}

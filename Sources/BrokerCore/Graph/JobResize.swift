public import Jobspec
public import ResourceGraph
public import Vocabulary

/// How what a running job holds is to change.
public enum JobResize: Sendable {
  /// Everything on hosts of these ranks, and these vertices.
  case release(ranks: Idset, vertices: Set<VertexID>)
  case grant([RequestPart], Constraint?)
}

public import ResourceGraph
public import Vocabulary

/// Recipes: graphs as people write them.
///
/// As text, in the manner of RFC 46's shapes; `[…;…]` holds several siblings, braces say what a vertex is:
///
///     cluster/rack=4/node=64{names:n[0-255],property:ssd}/socket=2/[core=16;gpu=2;memory{size:65536,unit:MiB}]
///
/// The keys are `names`, `basename`, `id`, `rank`, `size`, `unit`, `status`, `property` (`key` or `key=value`, any
/// number of times) and `cpus`; `id` and `rank` are the first one's. Names are one for each vertex of all parents, or
/// as many as one parent has.
///
/// As a tree, vertices of the text are the keys, and what they hold are the values:
///
///     resources:
///       cluster:
///         rack=4:
///           node=64{names:n[0-255]}: socket=2/[core=16;gpu=2]
///           pdu=2:
///     edges:
///       power:
///       - /cluster0/rack[0-3]/pdu0 -> /cluster0/rack[0-3]/n[0-255]
///
/// An edge's line holds two path patterns, see `PathPattern`; what they match is joined in order, in equal shares.
public enum Recipe {
  /// Reads a text, or an object with `resources` and perhaps `edges`.
  ///
  /// Everything is counted before anything is made.
  /// - Throws: `invalid`.
  public static func read(_ value: JSONValue, roots: JGFRoots = .one) throws(FormatError) -> GraphDocument {
    guard case .object(let object) = value else {
      guard case .string = value else {
        throw .invalid([FormatFault(pointer: "", message: "must be text or an object")])
      }
      return GraphDocument(fragments: try fragments(value, pointer: "", roots))
    }
    var faults = FaultList()
    for member in object.members where member.name != "resources" && member.name != "edges" {
      faults.report("/" + FaultList.escaped(member.name), "is no member; there are resources and edges")
    }
    if object["resources"] == nil { faults.report("/resources", "is required") }
    try faults.throwIfAny()
    let fragments = try fragments(object["resources"] ?? .null, pointer: "/resources", roots)
    guard let edges = object["edges"] else { return GraphDocument(fragments: fragments) }
    var reader = RecipeEdges(GraphDocument(fragments: fragments))
    let document = reader.read(edges)
    try reader.faults.throwIfAny()
    return document
  }

  private static func fragments(
    _ value: JSONValue, pointer: String, _ roots: JGFRoots
  ) throws(FormatError) -> [Fragment] {
    var reader = RecipeReader()
    let vertices = reader.vertices(value, pointer: pointer, depth: 1)
    try reader.faults.throwIfAny()
    var dealing = RecipeDealing()
    let fragments = dealing.fragments(vertices)
    try dealing.faults.throwIfAny()
    if fragments.isEmpty || roots == .one && (fragments.count > 1 || fragments[0].count > 1) {
      throw .invalid([FormatFault(pointer: pointer, message: "must be one vertex that holds all others")])
    }
    return fragments
  }
}

/// Resources written as a shape: `slot=10/[core=2;gpu]`, `node=4{x}/slot{task}/core=2-8:2`.
///
/// Of the keys that a vertex may have in braces, `unit`, `exclusive` (or `x`), `label` and `id` are known; `or_slot`
/// and `xor_slot` (see `RequestPart`) are written like `slot`. Whether the resources make sense together is for the
/// reader of the jobspec to say.
/// - Source: RFC 46.
public enum ShapeText {
  /// The label of a slot without one: flux-core's. The RFC names none, its examples say `default`.
  public static let defaultLabel = "task"

  /// Reads a shape.
  ///
  /// - Parameter defaultLabel: the label of a slot without one, which must be the only slot.
  /// - Throws: the first fault.
  public static func parse(
    _ text: some StringProtocol, defaultLabel: String = ShapeText.defaultLabel
  ) throws(SyntaxFault) -> [ResourceVertex] {
    guard text.utf8.count <= JobspecLimits.maximumQueryBytes else {
      throw SyntaxFault(offset: 0, message: "must have at most \(JobspecLimits.maximumQueryBytes) bytes")
    }
    var parser = ShapeParser(Array(text.utf8), defaultLabel: defaultLabel)
    return try parser.parse()
  }
}

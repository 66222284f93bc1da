import Vocabulary

extension Explanation {
  /// One line for people, as in a job's `sched.reason_pending`.
  public var summary: String {
    if isMatch { return "matches now" }
    if let unknownType { return "there is nothing of type \"\(unknownType)\"" }
    var text = parts.first { $0.shortage > .zero }.map { $0.sentence } ?? "what is free does not lie together"
    if let short = innerShortage { text += "; short of \(short)" }
    if !isSatisfiable { text += "; it would not match even with nothing held" }
    if let change { text += "; it would match \(describe(change))" }
    return text
  }

  /// The types of which hosts have too little, when that does not hold for everything that is asked of them.
  private var innerShortage: String? {
    let inner = parts.filter { $0.neededPerHost != nil && !$0.isAlternative }
    let short = inner.filter { $0.shortage > .zero }
    guard !short.isEmpty, short.count < inner.count else { return nil }
    return short.map(\.type).joined(separator: " and ")
  }

  /// What a remedy would be, to follow "it would match".
  public func describe(_ remedy: Remedy) -> String {
    switch remedy {
    case .wait: "when enough of what is held is released"
    case .reopen(let vertices):
      "if \(vertices.count == 1 ? "1 vertex that is down or drained" : "\(vertices.count) that are down or drained")"
        + " took work again"
    case .dropOperand(let index): "without the constraint \(operands[index].text)"
    case .fewer(let pointer, let type, let count, let asked), .smaller(let pointer, let type, let count, let asked):
      "with \(count) x \(type) instead of \(asked) at \(pointer)"
    }
  }
}

extension PartExplanation {
  /// What is needed, what there is, and why not more.
  public var sentence: String {
    let head = "\(needed.text)\(unit) x \(type) needed, \(available.text)\(unit) available"
    guard ruledOut.total > 0 else { return head }
    return "\(head) (\(vertices) \(type == "slot" ? "hosts" : "in all"): \(ruledOut.text))"
  }
}

import Jobspec
import ResourceGraph
import Vocabulary

extension ResourceQuery {
  /// Why a request does not match now: a summary, then each part, each operand of the constraint and each remedy.
  func explain(_ arguments: [String]) throws(QueryFault) -> [String] {
    let jobspec = try jobspec(arguments)
    let explanation = graph.explain(
      request: jobspec.request, constraint: jobspec.constraint, empty: idle(), policy: policy)
    if explanation.isMatch { return ["it matches now"] }
    var lines = ["no match: \(explanation.summary)"]
    lines += explanation.parts.map { Self.line($0, explanation) }
    lines += explanation.operands.map { "  constraint \($0.text) allows \(Self.hosts($0.allowedHosts))" }
    lines += explanation.remedies.map { "  remedy: \(remedy($0, explanation))" }
    if explanation.isPartial { lines.append("  not everything was looked at: a limit was reached") }
    return lines
  }

  private static func line(_ part: PartExplanation, _ explanation: Explanation) -> String {
    var needs = "\(part.needed.text)\(part.unit)"
    if let each = part.neededPerHost { needs += ", \(each.text)\(part.unit) on a host" }
    var line = "  \(part.pointer) \(part.type): needs \(needs); has \(part.available.text)\(part.unit)"
    if part.neededPerHost != nil { line += ", at most \(part.mostOnOneHost.text)\(part.unit) on one host" }
    if part.shortage > .zero { line += "; short of \(part.shortage.text)\(part.unit)" }
    line += "; \(part.remaining) of \(part.vertices) \(part.type == "slot" ? "hosts serve" : "serve")"
    if part.ruledOut.total > 0 { line += ": \(part.ruledOut.text)" }
    let operands = zip(explanation.operands, part.ruledOut.byOperand).filter { $0.1 > 0 }
    for (operand, count) in operands { line += ", \(count) by \(operand.text)" }
    return line
  }

  private func remedy(_ remedy: Remedy, _ explanation: Explanation) -> String {
    guard case .reopen(let vertices) = remedy else { return explanation.describe(remedy) }
    let named = vertices.prefix(ExplainLimits.maximumNamedVertices).map { graph.path(of: $0) }
    let rest = vertices.count - named.count
    return "if these took work again: \(named.joined(separator: " "))\(rest > 0 ? " and \(rest) more" : "")"
  }

  private static func hosts(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }
}

import Jobspec
import ResourceGraph
import Vocabulary

/// Explanations as the API shows them.
enum ExplanationRendering {
  static func writeMembers(_ explanation: Explanation, to writer: inout JSONWriter) {
    writer.field("matches", explanation.isMatch)
    writer.field("satisfiable", explanation.isMatch || explanation.isSatisfiable)
    writer.field("summary", explanation.summary)
    if let type = explanation.unknownType { writer.field("unknown_type", type) }
    writer.field("partial", explanation.isPartial)
    writer.name("constraints")
    writer.array { writer in
      for operand in explanation.operands {
        writer.object { writer in
          writer.field("constraint", operand.constraint.rendered())
          writer.field("allowed_nodes", operand.allowedHosts)
        }
      }
    }
    writer.name("parts")
    writer.array { writer in for part in explanation.parts { writer.object { write(part, to: &$0) } } }
    writer.name("changes")
    writer.array { writer in
      for remedy in explanation.remedies { writer.object { write(remedy, explanation, to: &$0) } }
    }
  }

  private static func write(_ part: PartExplanation, to writer: inout JSONWriter) {
    writer.field("pointer", part.pointer)
    writer.field("type", part.type)
    writer.field("alternative", part.isAlternative)
    writer.field("needed", part.needed)
    if let needed = part.neededPerHost { writer.field("needed_per_node", needed) }
    writer.field("unit", part.unit)
    writer.field("available", part.available)
    writer.field("most_on_one_node", part.mostOnOneHost)
    writer.field("shortage", part.shortage)
    writer.field("vertices", part.vertices)
    writer.name("ruled_out")
    writer.object { writer in
      for (name, count) in [
        ("constraint", part.ruledOut.byConstraint), ("id", part.ruledOut.byID), ("down", part.ruledOut.down),
        ("drained", part.ruledOut.drained), ("excluded", part.ruledOut.excluded), ("held", part.ruledOut.held),
        ("too_small", part.ruledOut.tooSmall),
      ] where count > 0 {
        writer.name(escaping: name)
        writer.value(count)
      }
    }
  }

  private static func write(_ remedy: Remedy, _ explanation: Explanation, to writer: inout JSONWriter) {
    switch remedy {
    case .wait: writer.field("change", "wait")
    case .reopen(let vertices):
      writer.field("change", "reopen")
      writer.name("vertices")
      writer.array { writer in for vertex in vertices { writer.value(UInt64(vertex.rawValue)) } }
    case .dropOperand(let index):
      writer.field("change", "drop_constraint")
      writer.field("constraint", explanation.operands[index].constraint.rendered())
    case .fewer(let pointer, _, let count, let asked), .smaller(let pointer, _, let count, let asked):
      writer.field("change", "ask_for_less")
      writer.field("pointer", pointer)
      writer.field("count", count)
      writer.field("instead_of", asked)
    }
    writer.field("text", "it would match \(explanation.describe(remedy))")
  }
}

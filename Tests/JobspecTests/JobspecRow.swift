import JSONText
import Jobspec
import Testing
import Vocabulary

/// One row of the table of hostile and odd jobspecs: a text, and the answer owed to it.
struct JobspecRow: Sendable, CustomTestStringConvertible {
  enum Form: Sendable { case jobspec, submission }

  enum Answer: Sendable, Equatable {
    case accepted
    /// Valid JSON, refused with faults at exactly these pointers.
    case faults([String])
    /// Not even JSON by our rules.
    case malformed
  }

  let id: String
  let form: Form
  let text: String
  let answer: Answer

  var testDescription: String { "\(id) \(text.prefix(100))" }

  /// A whole jobspec.
  static func jobspec(_ id: String, _ text: String, _ answer: Answer) -> JobspecRow {
    JobspecRow(id: id, form: .jobspec, text: text, answer: answer)
  }

  /// A body of `POST /v1/jobs`.
  static func submission(_ id: String, _ text: String, _ answer: Answer) -> JobspecRow {
    JobspecRow(id: id, form: .submission, text: text, answer: answer)
  }

  /// What the rooms under test make of it.
  func actualAnswer() -> Answer {
    guard let value = try? JSONText.parse(Array(text.utf8), limits: .graph) else { return .malformed }
    do throws(InvalidDocument) {
      switch form {
      case .jobspec: _ = try Jobspec.parse(value)
      case .submission: _ = try SubmissionRequest.parse(value)
      }
      return .accepted
    } catch {
      return .faults(error.faults.map(\.pointer))
    }
  }
}

/// Puts whole jobspecs together from their parts; `nil` leaves a part out.
func document(
  version: String? = "1",
  resources: String? = #"[{"type":"slot","count":1,"label":"s","with":[{"type":"core","count":1}]}]"#,
  tasks: String? = #"[{"command":["app"],"slot":"s","count":{"per_slot":1}}]"#,
  attributes: String? = #"{"system":{"duration":0}}"#, extra: String = ""
) -> String {
  let members = [
    ("version", version), ("resources", resources), ("tasks", tasks), ("attributes", attributes),
  ]
  return "{" + members.compactMap { name, text in text.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
    + extra + "}"
}

/// A jobspec whose only slot has this count.
func document(slotCount: String) -> String {
  document(
    resources: #"[{"type":"slot","count":\#(slotCount),"label":"s","with":[{"type":"core","count":1}]}]"#)
}

/// A jobspec with these members beside the duration.
func document(system: String) -> String { document(attributes: #"{"system":{"duration":0,\#(system)}}"#) }

/// A jobspec with this command.
func document(command: String) -> String {
  document(tasks: #"[{"command":\#(command),"slot":"s","count":{"per_slot":1}}]"#)
}

/// A submission with one field beside the command.
func submission(_ field: String) -> String { #"{"command":["app"],\#(field)}"# }

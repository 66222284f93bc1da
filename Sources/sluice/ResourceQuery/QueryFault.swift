import Jobspec
import ResourceFormats
import ResourceGraph

/// Why a command of the scripted matcher does nothing, in one line for the person who wrote it.
struct QueryFault: Error, Equatable {
  let message: String

  init(_ message: String) {
    self.message = String(message.map { $0.isNewline ? " " : $0 })
  }

  init(_ fault: MutationFault) {
    switch fault {
    case .invalid(let member, let message): self.init("\(member): \(message)")
    case .conflict(let message), .inUse(_, let message): self.init(message)
    }
  }

  init(_ fault: MutationFault, in name: String) { self.init("\(name): \(QueryFault(fault).message)") }

  init(_ error: FormatError, in name: String) {
    switch error {
    case .malformed(let offset, let message): self.init("\(name): \(message), at byte \(offset + 1)")
    case .invalid(let faults): self.init("\(name): \(Self.joined(faults.map { ($0.pointer, $0.message) }))")
    }
  }

  init(_ document: InvalidDocument, in name: String) {
    self.init("\(name): \(Self.joined(document.faults.map { ($0.pointer, $0.message) }))")
  }

  private static func joined(_ faults: [(pointer: String, message: String)]) -> String {
    faults.map { $0.pointer.isEmpty ? $0.message : "\($0.pointer) \($0.message)" }.joined(separator: "; ")
  }
}

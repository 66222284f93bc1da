public import Vocabulary

/// Why a journal cannot be opened, read or tended.
public enum JournalError: Error, Sendable, Equatable {
  /// The state directory, or a file of it, is not as it must be.
  case directory(String, reason: String)
  /// Another process holds the state directory.
  case locked(String, holder: Int32?)
  /// A newer Sluice wrote it; nothing was changed.
  case newerFormat(found: Int, supported: Int)
  /// What is stored is not what was written. Nothing after `position` is to be trusted.
  case damaged(position: Position?, reason: String)
  /// No space for what was to be written; nothing was.
  case full
  /// The storage failed.
  case storage(String)
}

extension JournalError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .directory(let path, let reason): return "\(path): \(reason)"
    case .locked(let path, let holder):
      let who = holder.map { "process \($0)" } ?? "another process"
      return "\(path): in use by \(who)"
    case .newerFormat(let found, let supported):
      return
        "the state directory has format \(found), written by a newer Sluice; this one reads up to \(supported)"
    case .damaged(let position, let reason):
      return position.map { "damaged at position \($0.text): \(reason)" } ?? "damaged: \(reason)"
    case .full: return "no space left"
    case .storage(let reason): return "storage failed: \(reason)"
    }
  }
}

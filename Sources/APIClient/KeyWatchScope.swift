/// What of a namespace is watched.
public enum KeyWatchScope: Sendable, Equatable {
  case key(String)
  /// Everything below a key.
  case directory(String)
  case everything

  var query: (String, String?) {
    switch self {
    case .key(let key): ("key", key)
    case .directory(let key): ("prefix", key)
    case .everything: ("prefix", nil)
    }
  }
}

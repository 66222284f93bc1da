import ArgumentParser
import Glibc
import Vocabulary

/// Which resource limits a job gets, beginning with none: it has those of the broker's host otherwise.
///
/// Rules apply in the order given: `NAME=VALUE` sets, `-PATTERN` takes away again, `PATTERN` takes the caller's own;
/// `*` and `?` match.
/// - Source: flux-submit(1), `--rlimit`; there all but a few are taken without being asked for.
struct ResourceLimitRules {
  private enum Rule {
    case set(name: String, value: Int64)
    case remove(pattern: String)
    case take(pattern: String)
  }

  /// Of Linux, by the names that jobspecs use.
  private static let numbers: [(name: String, number: __rlimit_resource)] = [
    ("as", RLIMIT_AS), ("core", RLIMIT_CORE), ("cpu", RLIMIT_CPU), ("data", RLIMIT_DATA), ("fsize", RLIMIT_FSIZE),
    ("memlock", __RLIMIT_MEMLOCK), ("msgqueue", __RLIMIT_MSGQUEUE), ("nice", __RLIMIT_NICE), ("nofile", RLIMIT_NOFILE),
    ("nproc", __RLIMIT_NPROC), ("rss", __RLIMIT_RSS), ("rtprio", __RLIMIT_RTPRIO), ("rttime", __RLIMIT_RTTIME),
    ("sigpending", __RLIMIT_SIGPENDING), ("stack", RLIMIT_STACK),
  ]
  /// As jobspecs write it.
  private static let unlimited: Int64 = -1

  private let rules: [Rule]

  /// - Parameter texts: rules, or several of them between commas.
  init(_ texts: [String]) throws(ValidationError) {
    var rules: [Rule] = []
    for text in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      rules.append(try Self.rule(String(text)))
    }
    self.rules = rules
  }

  private static func rule(_ text: String) throws(ValidationError) -> Rule {
    if text.hasPrefix("-") { return .remove(pattern: try known(String(text.dropFirst()), in: text)) }
    guard let equals = text.firstIndex(of: "=") else { return .take(pattern: try known(text, in: text)) }
    let name = text[..<equals].lowercased()
    let value = text[text.index(after: equals)...]
    guard name == "ofile" || numbers.contains(where: { $0.name == name }) else { throw unknown(text) }
    if ["unlimited", "infinity", "inf"].contains(value.lowercased()) { return .set(name: name, value: unlimited) }
    guard let number = Int64(value), number >= 0 else {
      throw ValidationError("'\(text)' sets no limit: use a number from 0 on, or unlimited.")
    }
    return .set(name: name, value: number)
  }

  /// A pattern of at least one limit.
  private static func known(_ pattern: String, in text: String) throws(ValidationError) -> String {
    let pattern = pattern.lowercased() == "ofile" ? "nofile" : pattern.lowercased()
    guard numbers.contains(where: { matches($0.name, pattern) }) else { throw unknown(text) }
    return pattern
  }

  private static func unknown(_ text: String) -> ValidationError {
    ValidationError("'\(text)' names no resource limit: there are \(numbers.map(\.name).joined(separator: ", ")).")
  }

  /// The limits by name, -1 for none: a shell option.
  ///
  /// - Parameter current: the caller's own, by the number of the limit.
  func applied(to current: (__rlimit_resource) -> Int64? = Self.softLimit) -> JSONObject {
    var limits: JSONObject = [:]
    for rule in rules {
      switch rule {
      case .set(let name, let value): limits[name == "ofile" ? "nofile" : name] = .integer(value)
      case .remove(let pattern):
        for (name, _) in Self.numbers where Self.matches(name, pattern) { limits[name] = nil }
      case .take(let pattern):
        for (name, number) in Self.numbers where Self.matches(name, pattern) {
          if let value = current(number) { limits[name] = .integer(value) }
        }
      }
    }
    return limits
  }

  /// The soft limit of this process.
  static func softLimit(_ number: __rlimit_resource) -> Int64? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(number.rawValue), &limit) == 0 else { return nil }
    return Int64(exactly: limit.rlim_cur) ?? unlimited
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool { unsafe fnmatch(pattern, name, 0) == 0 }
}

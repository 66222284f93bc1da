/// What of a URL says where a call goes.
struct URLHost {
  /// Host and port, as the header `Host` names them.
  let authority: String
  /// Path and query; never empty.
  let target: String

  /// Takes what stands between `://` and the path, without a user part, and what follows, without a fragment.
  init(of url: String) {
    let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    let whole = afterScheme.prefix { $0 != "#" }
    let place = whole.prefix { $0 != "/" && $0 != "?" }
    authority = String(place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place)
    let rest = whole[place.endIndex...]
    target = rest.first == "/" ? String(rest) : "/" + rest
  }

  /// The host alone, an IPv6 address without its brackets.
  var name: String {
    authority.first == "["
      ? String(authority.dropFirst().prefix { $0 != "]" }) : String(authority.prefix { $0 != ":" })
  }

  /// Whether a proxy must not see the call.
  ///
  /// - Source: RFC 6761, section 6.3 (`localhost`); RFC 1122, section 3.2.1.3 (127/8); RFC 4291, section
  ///   2.5.3.
  var isLoopback: Bool {
    let lower = name.lowercased()
    if lower == "localhost" || lower.hasSuffix(".localhost") || lower == "::1" { return true }
    let parts = lower.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

/// The host of a URL, as far as it decides whether a proxy may see the call.
struct URLHost {
  let name: String

  /// Takes what stands between `://`, an optional user part, and the port, path, query or fragment.
  init(of url: String) {
    let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    if host.first == "[" {
      name = String(host.dropFirst().prefix { $0 != "]" })
    } else {
      name = String(host.prefix { $0 != ":" })
    }
  }

  /// - Source: RFC 6761, section 6.3 (`localhost`); RFC 1122, section 3.2.1.3 (127/8); RFC 4291, section
  ///   2.5.3.
  var isLoopback: Bool {
    let lower = name.lowercased()
    if lower == "localhost" || lower.hasSuffix(".localhost") || lower == "::1" { return true }
    let parts = lower.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

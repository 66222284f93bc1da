import HTTPServing

/// What a request carries and what it will take.
enum MediaTypes {
  static let anything = "*/*"
  static let json = "application/json"
  static let yaml = "application/yaml"
  static let ndjson = "application/x-ndjson"
  static let bytes = "application/octet-stream"
  static let csv = "text/csv"
  static let eventStream = "text/event-stream"
  static let plain = "text/plain"
  static let svg = "image/svg+xml"
  static let dot = "text/vnd.graphviz"
  static let fluxJSON = "application/vnd.flux.jobspec+json"
  static let fluxYAML = "application/vnd.flux.jobspec+yaml"

  /// The type of the body, without parameters.
  /// - Parameter types: empty: any, and none.
  /// - Throws: 415 for a missing or foreign type, a charset other than UTF-8, or a coded body.
  static func checkContent(_ head: HTTPRequestHead, _ types: [String]) throws(Problem) {
    if head.header("content-encoding").map({ $0.lowercased() != "identity" }) ?? false {
      throw Problem(415, "unsupported_coding", "bodies are taken without Content-Encoding")
    }
    if !types.isEmpty { _ = try contentType(head, types) }
  }

  static func contentType(_ head: HTTPRequestHead, _ types: [String]) throws(Problem) -> String {
    let refusal = Problem(415, "unsupported_media_type", "this resource takes \(types.joined(separator: ", "))")
    guard let field = head.header("content-type") else { throw refusal }
    let parts = field.split(separator: ";", omittingEmptySubsequences: false).map { trimmed($0) }
    guard let type = parts.first?.lowercased(), types.contains(type) else { throw refusal }
    for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("charset=") {
      let charset = parameter.dropFirst(8).lowercased().filter { $0 != "\"" }
      guard charset == "utf-8" || charset == "us-ascii" else { throw refusal }
    }
    return type
  }

  /// - Throws: 406 when nothing that the route gives is acceptable. A problem is always acceptable.
  ///
  /// What callers stored comes back as what it is, whatever the reader would rather have.
  static func checkAccept(_ head: HTTPRequestHead, _ produces: [String]) throws(Problem) {
    if produces == [anything] { return }
    guard preferred(head, among: produces) != nil else {
      throw Problem(406, "not_acceptable", "this resource gives \(produces.joined(separator: ", "))")
    }
  }

  /// The first of `types` that `Accept` allows; an absent header allows all.
  /// - Source: RFC 9110 §12.5.1; weights other than 0 do not reorder, the API has one best form each.
  static func preferred(_ head: HTTPRequestHead, among types: [String]) -> String? {
    guard let accept = head.header("accept"), accept != "*/*" else { return types.first }
    var ranges: [(range: String, isRefused: Bool)] = []
    for element in accept.split(separator: ",") {
      let parts = element.split(separator: ";").map { trimmed($0).lowercased() }
      guard let range = parts.first else { continue }
      let isRefused = parts.dropFirst().contains { weight in
        weight.hasPrefix("q=") && Double(weight.dropFirst(2)) == 0
      }
      ranges.append((range, isRefused))
    }
    func isAllowed(_ type: String) -> Bool {
      let anySubtype = type.prefix { $0 != "/" } + "/*"
      for candidate in [type, String(anySubtype), "*/*"] {
        if let match = ranges.first(where: { $0.range == candidate }) { return !match.isRefused }
      }
      return false
    }
    // What the caller names comes before what it merely allows.
    return types.first { type in ranges.contains { $0.range == type && !$0.isRefused } }
      ?? types.first(where: isAllowed)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}

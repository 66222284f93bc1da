extension JSONValue {
  /// Seconds as a number, or a Flux Standard Duration as a text; `nil`: neither, negative, or more than 292,000 years.
  public var span: TimeSpan? {
    let text = string ?? number.map { "\($0)" }
    return text.flatMap { try? TimeSpan(fsd: $0) }
  }
}

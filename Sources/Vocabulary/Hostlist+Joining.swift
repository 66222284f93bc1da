extension Hostlist {
  /// Adds all hosts of another list at the end.
  ///
  /// - Throws: `tooManyHosts`.
  public mutating func append(contentsOf other: Hostlist) throws(ParsingError) {
    for run in other.runs { try append(run) }
  }
}

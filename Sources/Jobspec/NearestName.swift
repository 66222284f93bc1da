/// Finds the name that a misspelt one was meant to be.
public enum NearestName {
  /// Longer names are no slips of the pen, and the table below is quadratic.
  private static let maximumLength = 32

  /// The allowed name with the fewest edits, if these are at most two and fewer than half its letters.
  public static func find(_ name: String, in allowed: [String]) -> String? {
    guard name.utf8.count <= maximumLength else { return nil }
    let best = allowed.map { (name: $0, edits: edits(from: Array(name.utf8), to: Array($0.utf8))) }
      .min { $0.edits < $1.edits }
    guard let best, best.edits <= 2, best.edits * 2 < best.name.utf8.count else { return nil }
    return best.name
  }

  /// Levenshtein distance, one row at a time.
  private static func edits(from a: [UInt8], to b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (left == right ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}

import COpenSSL

/// Bytes nobody can guess.
public enum SecureRandom {
  /// - Parameter count: how many; at least 0.
  ///
  /// Ends the process when the generator fails: a token minted from anything weaker would be worse than none.
  public static func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(CInt.max))
    var result = [UInt8](repeating: 0, count: count)
    guard count > 0 else { return result }
    guard unsafe RAND_bytes(&result, CInt(count)) == 1 else { fatalError("The random generator failed") }
    return result
  }
}

import Cryptography

/// The key in `job-token.key`, by which the broker knows the tokens that it gave to jobs, also after a restart.
enum JobTokenKey {
  private static let bytes = 32

  static func keep(in directory: String) throws -> [UInt8] {
    let path = "\(directory)/job-token.key"
    if let key = try SecretFile.read(path), key.count == bytes { return key }
    let key = SecureRandom.bytes(bytes)
    try SecretFile.write(key, to: path)
    return key
  }
}

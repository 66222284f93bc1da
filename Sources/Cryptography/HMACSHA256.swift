import COpenSSL
public import Vocabulary

/// HMAC with SHA-256: proves that the holder of a key wrote a message.
///
/// - Source: RFC 2104; vectors in RFC 4231.
public enum HMACSHA256 {
  /// The tag of `message` under `key`; compare tags with `ConstantTime.equal`.
  public static func tag(of message: [UInt8], key: [UInt8]) -> Digest {
    // OpenSSL takes a null key to mean "the key of the call before"; an empty one needs an address.
    let present = key.isEmpty ? [0] : key
    return unsafe SHA256.digest { output in
      let tag = unsafe HMAC(
        SHA256.algorithm, present, CInt(key.count), message, message.count, output, nil)
      return unsafe tag == nil ? 0 : 1
    }
  }
}

import Cryptography
import Testing
import Vocabulary

@Suite("Digests and tags")
struct DigestTests {
  @Test(
    "SHA-256 gives the values of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func vectors(message: String, hex: String) {
    let bytes = Array(message.utf8)
    #expect(SHA256.digest(of: bytes).hex == hex)
    #expect(SHA256.digest(of: bytes.span).hex == hex)
  }

  @Test("A message digested in pieces gives the digest of the whole, wherever it is cut")
  func pieces() {
    let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in [0, 1, 63, 64, 65, 299, 300] {
      var hasher = SHA256()
      hasher.update(Array(message[..<cut]))
      hasher.update(Array(message[cut...]))
      let digest = hasher.finish()
      #expect(digest == SHA256.digest(of: message))
    }
  }

  @Test("HMAC-SHA256 gives the values of RFC 4231, with long and empty keys too")
  func hmac() {
    let first = HMACSHA256.tag(of: Array("Hi There".utf8), key: Array(repeating: 0x0b, count: 20))
    #expect(first.hex == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    let second = HMACSHA256.tag(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    #expect(second.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let sixth = HMACSHA256.tag(
      of: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      key: Array(repeating: 0xaa, count: 131))
    #expect(sixth.hex == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    let empty = HMACSHA256.tag(of: [], key: [])
    #expect(empty.hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test("Constant-time comparison agrees with ==")
  func comparison() {
    #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
    #expect(ConstantTime.equal([], []))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
    #expect(ConstantTime.equal(Digest(1, 2, 3, 4), Digest(1, 2, 3, 4)))
    for different in [Digest(0, 2, 3, 4), Digest(1, 0, 3, 4), Digest(1, 2, 0, 4), Digest(1, 2, 3, 0)] {
      #expect(!ConstantTime.equal(Digest(1, 2, 3, 4), different))
    }
  }

  @Test("Random bytes come in the number asked for and never twice")
  func random() {
    #expect(SecureRandom.bytes(0).isEmpty)
    #expect(SecureRandom.bytes(33).count == 33)
    #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
  }
}

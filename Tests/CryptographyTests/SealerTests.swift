import Cryptography
import Testing

@Suite("Base64url and sealed text")
struct SealerTests {
  @Test(
    "Base64url gives the values of RFC 4648 without padding",
    arguments: [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, text: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == text)
    #expect(Base64URL.decode(text) == Array(plain.utf8))
  }

  @Test("Every byte at every offset survives the round trip")
  func roundTrip() {
    let all = (0...255).map { UInt8($0) }
    for offset in 0..<3 {
      let bytes = Array(repeating: UInt8(0), count: offset) + all
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
  }

  @Test(
    "What encode would not have written is refused",
    arguments: [
      "Zg==", "Zh", "Zm9", "A", "Zm9vY", "Zm9v\n", "Zm 9v", "+/8", "Zm9vé",
    ])
  func strictness(text: String) { #expect(Base64URL.decode(text) == nil) }

  @Test("Sealed text opens to its content, for its purpose and key only")
  func sealing() {
    let sealer = Sealer(key: SecureRandom.bytes(32))
    let sealed = sealer.seal([1, 2, 3], purpose: "jobs")
    #expect(sealer.open(sealed, purpose: "jobs") == [1, 2, 3])
    #expect(sealer.open(sealed, purpose: "tokens") == nil)
    #expect(Sealer(key: SecureRandom.bytes(32)).open(sealed, purpose: "jobs") == nil)
    #expect(sealer.open("", purpose: "jobs") == nil)
    #expect(sealer.open(sealer.seal([], purpose: "jobs"), purpose: "jobs") == [])
  }

  @Test("Any changed character breaks the seal")
  func tampering() {
    let sealer = Sealer(key: SecureRandom.bytes(32))
    let sealed = Array(sealer.seal([9, 8, 7, 6], purpose: "p").utf8)
    for index in sealed.indices {
      var changed = sealed
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(sealer.open(String(decoding: changed, as: UTF8.self), purpose: "p") == nil)
    }
  }
}

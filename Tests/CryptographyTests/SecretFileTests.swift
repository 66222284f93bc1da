import Cryptography
import Glibc
import Testing

@Suite("Secret files")
struct SecretFileTests {
  @Test("A secret is readable by its owner only, whatever the umask, and replaced whole")
  func modes() throws {
    let folder = ScratchFolder()
    let path = "\(folder.path)/key"
    try SecretFile.write(Array("one".utf8), to: path)
    #expect(mode(of: path) == 0o600)
    #expect(try SecretFile.read(path) == Array("one".utf8))
    try SecretFile.write([], to: path)
    #expect(try SecretFile.read(path) == [])
    try SecretFile.write([1], to: "\(folder.path)/public", mode: 0o644)
    #expect(mode(of: "\(folder.path)/public") == 0o644)
    #expect(run(["ls", folder.path]).output == "key\npublic\n", "no draft may stay behind")
  }

  @Test("An absent file is nil; an exposed one, a link and a folder are errors")
  func refusals() throws {
    let folder = ScratchFolder()
    let path = "\(folder.path)/key"
    #expect(try SecretFile.read(path) == nil)
    try SecretFile.write([1], to: path)
    #expect(symlink(path, "\(folder.path)/link") == 0)
    #expect(throws: SecretFileError.self) { try SecretFile.read("\(folder.path)/link") }
    #expect(chmod(path, 0o640) == 0)
    #expect(throws: SecretFileError.self) { try SecretFile.read(path) }
    #expect(throws: SecretFileError.self) { try SecretFile.read(folder.path) }
  }

  @Test("A write that cannot happen names the file and leaves nothing")
  func failures() {
    let folder = ScratchFolder()
    let error = #expect(throws: SecretFileError.self) {
      try SecretFile.write([1], to: "\(folder.path)/absent/key")
    }
    #expect(error?.code == ENOENT)
    #expect(error?.path.hasPrefix("\(folder.path)/absent/key") == true)
    #expect(run(["ls", "-A", folder.path]).output == "")
  }
}

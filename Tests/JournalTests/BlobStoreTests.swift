import Foundation
import Testing
import Vocabulary

@testable import Journal

@Suite("Blobs on disk")
struct BlobStoreTests {
  /// Texts whose digests FIPS 180-4 and its examples tell.
  private static let abc = Digest(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")!
  private static let nothing = Digest(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")!
  private static let million = Digest(hex: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")!

  private static func write(_ text: String, to upload: BlobUpload) throws -> Bool {
    try Array(text.utf8).withUnsafeBytes { try upload.write($0) }
  }

  @discardableResult
  private static func store(
    _ text: String, as digest: Digest, in store: BlobStore, owner: UInt32 = 7
  ) throws -> BlobUpload.Outcome {
    let upload = try store.begin(owner: owner)
    #expect(try write(text, to: upload))
    return try upload.finish(expecting: digest)
  }

  /// Files below a directory, their paths relative to it.
  private static func files(in folder: ScratchFolder) -> [String] {
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return paths.filter { path in
      let type = try? FileManager.default.attributesOfItem(atPath: folder.inside(path))[.type]
      return type as? FileAttributeType == .typeRegular
    }.sorted()
  }

  private static func age(_ path: String, bySeconds seconds: TimeInterval) throws {
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
  }

  private static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

  private static func place(_ digest: Digest, owner: UInt32 = 7) -> String {
    "blobs/\(owner)/\(digest.hex.prefix(2))/\(digest.hex)"
  }

  @Test("What was stored is read again, in any pieces, by its owner only")
  func storing() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    guard case .stored(bytes: 3) = try Self.store("abc", as: Self.abc, in: store) else {
      Issue.record("not stored")
      return
    }
    #expect(store.size(of: Self.abc, owner: 7) == 3)
    #expect(try store.read(Self.abc, owner: 7, offset: 0, limit: 100) == Array("abc".utf8))
    #expect(try store.read(Self.abc, owner: 7, offset: 1, limit: 1) == Array("b".utf8))
    #expect(try store.read(Self.abc, owner: 7, offset: 3, limit: 5) == [])
    #expect(store.size(of: Self.abc, owner: 8) == nil && store.touch(Self.abc, owner: 8) == nil)
    #expect(try store.read(Self.abc, owner: 8, offset: 0, limit: 5) == nil)
    #expect(try store.read(Self.nothing, owner: 7, offset: 0, limit: 5) == nil)
    #expect(Self.files(in: folder) == [Self.place(Self.abc)])
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.inside(Self.place(Self.abc)))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    // Another process finds it.
    #expect(
      try BlobStore(stateDirectory: folder.path).read(Self.abc, owner: 7, offset: 0, limit: 9) == Array("abc".utf8))
  }

  @Test("A blob comes in pieces, may be empty, and may come again")
  func pieces() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    let upload = try store.begin(owner: 7)
    for _ in 0..<1_000 { #expect(try Self.write(String(repeating: "a", count: 1_000), to: upload)) }
    #expect(store.size(of: Self.million, owner: 7) == nil, "it has no name before it is complete")
    guard case .stored(bytes: 1_000_000) = try upload.finish(expecting: Self.million) else {
      Issue.record("not stored")
      return
    }
    #expect(try store.read(Self.million, owner: 7, offset: 999_990, limit: 100) == Array(repeating: 97, count: 10))
    for _ in 0..<2 {
      guard case .stored(bytes: 0) = try Self.store("", as: Self.nothing, in: store) else {
        Issue.record("not stored")
        return
      }
    }
    #expect(Self.files(in: folder) == [Self.place(Self.million), Self.place(Self.nothing)].sorted())
  }

  @Test("Other bytes than were said are not kept, nor is what was abandoned or dropped")
  func nothingHalf() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    guard case .mismatch = try Self.store("abd", as: Self.abc, in: store) else {
      Issue.record("the wrong bytes were stored")
      return
    }
    let abandoned = try store.begin(owner: 7)
    #expect(try Self.write("abc", to: abandoned))
    abandoned.abandon()
    guard case .mismatch = try abandoned.finish(expecting: Self.abc) else {
      Issue.record("an abandoned blob was stored")
      return
    }
    do {
      let dropped = try store.begin(owner: 7)
      #expect(try Self.write("abc", to: dropped))
      #expect(!Self.files(in: folder).isEmpty)
    }
    #expect(Self.files(in: folder).isEmpty && store.size(of: Self.abc, owner: 7) == nil)
    // A blob that is there stays when the wrong bytes come for it, and when an upload of it is abandoned.
    try Self.store("abc", as: Self.abc, in: store)
    try Self.store("abd", as: Self.abc, in: store)
    let again = try store.begin(owner: 7)
    #expect(try Self.write("abc", to: again))
    again.abandon()
    #expect(try store.read(Self.abc, owner: 7, offset: 0, limit: 9) == Array("abc".utf8))
  }

  @Test("An end is an end: finishing twice stores once")
  func finishingTwice() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    let upload = try store.begin(owner: 7)
    #expect(try Self.write("abc", to: upload))
    guard case .stored = try upload.finish(expecting: Self.abc) else {
      Issue.record("not stored")
      return
    }
    upload.abandon()
    guard case .mismatch = try upload.finish(expecting: Self.abc) else {
      Issue.record("stored twice")
      return
    }
    #expect(store.size(of: Self.abc, owner: 7) == 3)
  }

  @Test("What a crash left half written is removed at the next start; what is complete stays")
  func leftovers() throws {
    let folder = try ScratchFolder()
    do {
      let store = try BlobStore(stateDirectory: folder.path)
      try Self.store("abc", as: Self.abc, in: store)
    }
    for name in ["1", "17"] { try Data("half".utf8).write(to: URL(filePath: folder.inside("blobs/incoming/\(name)"))) }
    let store = try BlobStore(stateDirectory: folder.path)
    #expect(Self.files(in: folder) == [Self.place(Self.abc)])
    // Numbers of uploads begin anew, and meet nothing old.
    guard case .stored(bytes: 0) = try Self.store("", as: Self.nothing, in: store) else {
      Issue.record("not stored")
      return
    }
  }

  @Test("A sweep removes what is old and that nobody refers to, and nothing else")
  func sweeping() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    let all: [(String, Digest)] = [
      ("abc", Self.abc), ("", Self.nothing), (String(repeating: "a", count: 1_000_000), Self.million),
    ]
    for owner in [UInt32(7), 8] {
      for (text, digest) in all { try Self.store(text, as: digest, in: store, owner: owner) }
    }
    let upload = try store.begin(owner: 7)
    #expect(try Self.write("under way", to: upload))
    var asked = 0
    #expect(
      try store.sweep(olderThan: 100, now: Self.now) { _, _ in
        asked += 1; return false
      } == 0)
    #expect(asked == 0, "all are young")
    // Old: two of user 7's, one of user 8's; one of the old ones is referred to, by user 7 only.
    for place in [Self.place(Self.abc), Self.place(Self.nothing), Self.place(Self.abc, owner: 8)] {
      try Self.age(folder.inside(place), bySeconds: 1_000)
    }
    let removed = try store.sweep(olderThan: 100, now: Self.now) { digest, owner in digest == Self.abc && owner == 7 }
    #expect(removed == 2)
    let kept = [
      Self.place(Self.abc), Self.place(Self.million), Self.place(Self.nothing, owner: 8),
      Self.place(Self.million, owner: 8),
    ]
    #expect(Self.files(in: folder).filter { !$0.hasPrefix("blobs/incoming/") } == kept.sorted())
    #expect(Self.files(in: folder).count == kept.count + 1, "an upload under way is nobody's to sweep")
    // Files that are no blobs are left alone.
    let stranger = folder.inside("blobs/7/ba/README")
    try Data("hello".utf8).write(to: URL(filePath: stranger))
    try Self.age(stranger, bySeconds: 1_000)
    #expect(try store.sweep(olderThan: 100, now: Self.now) { _, _ in true } == 0)
    #expect(FileManager.default.fileExists(atPath: stranger))
  }

  @Test("A blob that is touched, or comes again, is as young as a new one")
  func touching() throws {
    let folder = try ScratchFolder()
    let store = try BlobStore(stateDirectory: folder.path)
    for again in [false, true] {
      try Self.store("abc", as: Self.abc, in: store)
      try Self.age(folder.inside(Self.place(Self.abc)), bySeconds: 1_000)
      if again { try Self.store("abc", as: Self.abc, in: store) } else { #expect(store.touch(Self.abc, owner: 7) == 3) }
      #expect(try store.sweep(olderThan: 100, now: Self.now) { _, _ in false } == 0)
    }
    try Self.age(folder.inside(Self.place(Self.abc)), bySeconds: 1_000)
    #expect(try store.sweep(olderThan: 100, now: Self.now) { _, _ in false } == 1)
    #expect(store.touch(Self.abc, owner: 7) == nil)
  }
}

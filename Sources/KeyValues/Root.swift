public import Vocabulary

/// One state of a namespace's tree: immutable for whoever holds it, and shares all it can with other states.
public struct Root: Sendable {
  let node: Node
  /// Known once the namespace was sealed with this root as its head.
  public let sealedDigest: Digest?

  init(_ node: Node, sealedDigest: Digest? = nil) {
    self.node = node
    self.sealedDigest = sealedDigest
  }

  /// Nothing.
  public init() { self.init(Node(label: .empty)) }

  /// Of the whole tree.
  public var totals: Totals { node.totals(end: 0) }

  /// What stands exactly at `key`; no link is followed.
  public func entry(at key: Key) -> Entry? { node.entry(at: key.bytes) }

  /// Walks along `key` and stops at a symlink.
  public func lookup(_ key: Key) -> Lookup {
    switch node.walk(key.bytes) {
    case .blocked(let length, let entry):
      guard case .symlink(let target, let namespace) = entry.content else { return .absent }
      let rest = Key(unchecked: Array(key.bytes[(length + 1)...]))
      let at = Key(unchecked: Array(key.bytes[..<length]))
      return .link(Lookup.Link(at: at, target: target, namespace: namespace, rest: rest))
    case .entry(let entry):
      guard case .symlink(let target, let namespace) = entry.content else { return .entry(entry) }
      return .link(Lookup.Link(at: key, target: target, namespace: namespace, rest: .root))
    case .directory(let totals): return .directory(totals)
    case .absent: return key.isRoot ? .directory(Totals()) : .absent
    }
  }

  /// Walks along `key` and follows symlinks inside the namespace.
  ///
  /// - Parameters:
  ///   - name: of the namespace itself: a link that names it stays inside.
  ///   - followingLast: whether a link at the end is followed; `false` to read or replace the link itself.
  public func resolve(
    _ key: Key, in name: NamespaceName? = nil, followingLast: Bool = true
  ) throws(ResolutionError) -> Resolution {
    var key = key
    for _ in 0...KeyValueLimits.followedLinks {
      let found = lookup(key)
      guard case .link(let link) = found, followingLast || !link.rest.isRoot else {
        return .found(key: key, found)
      }
      do throws(KeyError) { key = try link.target.appending(link.rest) } catch { throw .keyTooLong }
      if let namespace = link.namespace, namespace != name { return .leaves(to: namespace, key: key) }
    }
    throw .tooManyLinks
  }

  /// Visits all blobs that entries refer to, one that has several references several times.
  public func visitBlobs(_ body: (Digest) -> Void) { node.visitBlobs(body) }

  /// Stops the process unless the tree is well formed; for tests, O(n).
  ///
  /// - Parameter digest: checks the digests of sealed nodes too.
  public func checkInvariants(using digest: DigestFunction? = nil) {
    _ = node.checkInvariants(path: [], blocking: false)
    guard let digest else { return }
    let computed = node.checkDigests(using: digest)
    precondition(sealedDigest == nil || sealedDigest == computed, "the root's digest is right")
  }
}

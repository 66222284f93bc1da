public import Vocabulary

/// Computes the digest of a message: SHA-256 in production; handed in, because the core computes none itself.
public typealias DigestFunction = @Sendable ([UInt8]) -> Digest

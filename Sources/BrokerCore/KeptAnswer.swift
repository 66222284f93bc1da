public import Jobs
public import Vocabulary

/// What an `Idempotency-Key` stands for: digests, so that no text of a caller is kept.
/// - Source: draft-ietf-httpapi-idempotency-key-header.
public struct IdempotencyKey: Sendable, Equatable {
  /// Of caller, route and key.
  public let scope: Digest
  /// Of the canonical body.
  public let body: Digest

  public init(scope: Digest, body: Digest) {
    self.scope = scope
    self.body = body
  }
}

/// What became of one submission of a request.
public enum SubmissionOutcome: Sendable, Equatable {
  case accepted(JobID)
  case refused(Refusal)
}

/// The answer to a request that carried an idempotency key, kept so that a retry gets it again.
public struct KeptAnswer: Sendable, Equatable {
  public let key: IdempotencyKey
  public let owner: Principal
  public let at: Timestamp
  public let content: Content

  public enum Content: Sendable, Equatable {
    /// What became of each submission of a request.
    case submissions([SubmissionOutcome])
    /// Of a waitable job: handed out once, and again to whoever asks with the same key.
    case result(WaitResult)
  }

  public init(key: IdempotencyKey, owner: Principal, at: Timestamp, _ content: Content) {
    self.key = key
    self.owner = owner
    self.at = at
    self.content = content
  }

  /// The two kinds are packed apart.
  var holdsResult: Bool { if case .result = content { true } else { false } }

  func pack(into writer: inout PackedWriter) {
    writer.write(key.scope)
    writer.write(key.body)
    owner.pack(into: &writer)
    writer.write(at)
    switch content {
    case .submissions(let outcomes): Self.pack(outcomes, into: &writer)
    case .result(let result): result.pack(into: &writer)
    }
  }

  private static func pack(_ outcomes: [SubmissionOutcome], into writer: inout PackedWriter) {
    var previous: UInt64 = 0
    writer.writeList(outcomes) { writer, outcome in
      switch outcome {
      case .accepted(let id):
        // Ids of one request follow each other closely: the differences are short.
        writer.write(id.rawValue &- previous &+ 1)
        previous = id.rawValue
      case .refused(let refusal):
        writer.write(UInt64(0))
        refusal.pack(into: &writer)
      }
    }
  }

  init(unpacking reader: inout PackedReader, holdsResult: Bool) throws(PackedError) {
    key = IdempotencyKey(scope: try reader.readDigest(), body: try reader.readDigest())
    owner = try Principal(unpacking: &reader)
    at = try reader.readTimestamp()
    content =
      holdsResult
      ? .result(try WaitResult(unpacking: &reader)) : .submissions(try Self.unpackedOutcomes(from: &reader))
  }

  private static func unpackedOutcomes(from reader: inout PackedReader) throws(PackedError) -> [SubmissionOutcome] {
    var previous: UInt64 = 0
    var outcomes: [SubmissionOutcome] = []
    for _ in 0..<(try reader.readUInt64()) {
      let difference = try reader.readUInt64()
      if difference == 0 {
        outcomes.append(.refused(try Refusal(unpacking: &reader)))
      } else {
        previous = previous &+ difference &- 1
        outcomes.append(.accepted(JobID(previous)))
      }
    }
    return outcomes
  }
}

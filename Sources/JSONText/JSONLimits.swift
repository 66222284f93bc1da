/// How much JSON text may hold; checked on the bytes before anything is allocated.
public struct JSONLimits: Sendable, Equatable {
  /// Arrays and objects inside each other.
  public let maximumDepth: Int
  /// Values of any kind, containers included. Each costs up to 236 bytes of heap while it is parsed.
  public let maximumValues: Int
  public let maximumBytes: Int

  /// Deepest nesting that any limit may allow: conversion is recursive, and a thread may have only 512 KiB
  /// of stack.
  public static let greatestDepth = 256

  public init(maximumDepth: Int, maximumValues: Int, maximumBytes: Int) {
    precondition((1...Self.greatestDepth).contains(maximumDepth), "depth is bounded by the stack")
    self.maximumDepth = maximumDepth
    self.maximumValues = maximumValues
    self.maximumBytes = maximumBytes
  }

  /// A request body or one line of a bulk request: at most 8 MiB of heap, whatever its bytes are.
  public static let body = JSONLimits(maximumDepth: 32, maximumValues: 32_768, maximumBytes: 256 * 1024)
  /// A value of the key-value store.
  public static let storedValue = JSONLimits(
    maximumDepth: 32, maximumValues: 32_768, maximumBytes: 1024 * 1024)
  /// A resource graph sent by an administrator; the caller admits one at a time.
  public static let graph = JSONLimits(
    maximumDepth: 32, maximumValues: 1_000_000, maximumBytes: 64 * 1024 * 1024)
}

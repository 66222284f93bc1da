/// How a job is to be treated, as its submitter asked.
///
/// The raw values are Flux's, because the `submit` event carries them.
/// - Source: flux-core, `job.h`; RFC 21.
public struct SubmissionFlags: OptionSet, Hashable, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let debug = SubmissionFlags(rawValue: 2)
  public static let waitable = SubmissionFlags(rawValue: 4)
  public static let novalidate = SubmissionFlags(rawValue: 8)

  static let byName: [(name: String, flag: SubmissionFlags)] = [
    ("debug", .debug), ("waitable", .waitable), ("novalidate", .novalidate),
  ]

  /// In the order of their bits.
  public var names: [String] { Self.byName.filter { contains($0.flag) }.map(\.name) }
}

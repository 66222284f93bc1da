public import Jobs
import Vocabulary

/// The instance's programs around jobs, each where there is one.
public struct SitePrograms: Sendable, Equatable {
  /// Before the tasks of an attempt.
  public var prolog: SiteProgram?
  /// After them, before the job gives back what it holds.
  public var epilog: SiteProgram?
  /// After that, before anybody else gets it.
  public var housekeeping: SiteProgram?

  public init(prolog: SiteProgram? = nil, epilog: SiteProgram? = nil, housekeeping: SiteProgram? = nil) {
    self.prolog = prolog
    self.epilog = epilog
    self.housekeeping = housekeeping
  }

  func pack(into writer: inout PackedWriter) {
    for program in [prolog, epilog, housekeeping] { writer.writeOptional(program) { $1.pack(into: &$0) } }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    prolog = try Self.program(&reader)
    epilog = try Self.program(&reader)
    housekeeping = try Self.program(&reader)
  }

  private static func program(_ reader: inout PackedReader) throws(PackedError) -> SiteProgram? {
    try reader.readOptional { (reader) throws(PackedError) in try SiteProgram(unpacking: &reader) }
  }
}

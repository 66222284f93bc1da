public import Jobs
public import Vocabulary

/// One execution of a job, or of a program around it: attempts count from 1.
public struct AttemptID: Hashable, Comparable, Sendable {
  public let job: JobID
  public let attempt: UInt32
  public let stage: AttemptStage

  /// Attempts are fewer: the bits above tell stages apart.
  private static let stageShift: UInt32 = 28

  public init(job: JobID, attempt: UInt32, stage: AttemptStage = .tasks) {
    self.job = job
    self.attempt = attempt
    self.stage = stage
  }

  /// - Parameter number: as `number` gives it.
  /// - Returns: `nil`: it is of no stage.
  public init?(job: JobID, number: UInt32) {
    guard let stage = AttemptStage(rawValue: UInt8(number >> Self.stageShift)) else { return nil }
    self.init(job: job, attempt: number & (1 << Self.stageShift - 1), stage: stage)
  }

  /// Attempt and stage in one: of tasks, the attempt itself.
  public var number: UInt32 { attempt | UInt32(stage.rawValue) << Self.stageShift }

  public static func < (a: Self, b: Self) -> Bool { a.job != b.job ? a.job < b.job : a.number < b.number }

  public func pack(into writer: inout PackedWriter) {
    writer.write(job)
    writer.write(number)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    guard let id = AttemptID(job: try reader.readJobID(), number: try reader.readUInt32()) else {
      throw .invalid("stage of an attempt", offset: reader.offset)
    }
    self = id
  }
}

import BrokerCore
import Jobs
import Jobspec
import Vocabulary

/// Reads the body of `PATCH /v1/jobs/{id}`.
enum JobUpdateReader {
  /// Room for all notes that a job may have.
  static let maximumBytes = 2 * BrokerLimits.memoBytes
  /// Notes in one request.
  private static let maximumNotes = 256

  static func update(_ body: [UInt8]) throws(Problem) -> JobUpdate {
    let fields = try ClosedObject(body, allowing: ["urgency", "duration", "queue", "memo"])
    var update = JobUpdate()
    update.urgency = try fields.integer("urgency", in: 0...JobspecLimits.maximumUrgency).map { UInt8($0) }
    update.change.duration = try duration(fields)
    update.change.queue = try fields.text("queue", upTo: JobspecLimits.maximumQueueNameBytes)
    update.memo = try memo(fields)
    guard update != JobUpdate() else {
      throw Problem(422, "invalid", "there is nothing to change; urgency, duration, queue and memo can be")
    }
    return update
  }

  /// `inf` and 0 are no limit.
  private static func duration(_ fields: ClosedObject) throws(Problem) -> TimeSpan? {
    guard let value = fields.given("duration") else { return nil }
    let longest = TimeSpan.seconds(JobspecLimits.maximumDurationSeconds)
    guard let span = value.span, span >= .zero, span <= longest || span == .unlimited else {
      throw Problem(invalid: "/duration", "must be seconds, or a number with one of the units ms, s, m, h, d, or inf")
    }
    return span == .unlimited ? .zero : span
  }

  private static func memo(_ fields: ClosedObject) throws(Problem) -> JSONObject? {
    guard let value = fields.given("memo") else { return nil }
    guard let memo = value.object, !memo.isEmpty, memo.count <= maximumNotes else {
      throw Problem(invalid: "/memo", "must be an object of 1 to \(maximumNotes) notes; null drops one")
    }
    return memo
  }
}

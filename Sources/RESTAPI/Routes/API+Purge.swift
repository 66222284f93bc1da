import BrokerCore
import HTTPServing
import Hosting
import Vocabulary

/// Forgetting ended jobs.
extension API {
  static var purgeRoutes: [Route] {
    [
      Route(
        "POST", "/v1/jobs/purge",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.purgeJobs(context, body)
        })
    ]
  }

  /// A run of many jobs takes this long at most times, in seconds.
  private static let purgeSeconds = 120.0
  private static let longestAge = TimeSpan.seconds(100 * 366 * 86_400)

  private func purgeJobs(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    try demandOwner(context, "only the instance owner may purge jobs")
    let fields = try ClosedObject(body, allowing: ["older_than", "keep"])
    var limits = Purger.Limits()
    if let value = fields.given("older_than") {
      guard let span = value.span, span <= Self.longestAge else {
        throw Problem(invalid: "/older_than", "must be seconds, or a duration such as 30d")
      }
      limits.age = span
    }
    limits.count = try fields.integer("keep", in: 0...Int64.max).map { UInt64($0) }
    guard !limits.isNone else { throw Problem(422, "invalid", "older_than or keep is required") }
    let wanted = limits
    if try query.flag("dry_run") {
      return readLater(context) { [self] () throws(Problem) in
        do throws(ArchiveFailure) {
          let count = try configuration.purger.preview(wanted)
          return Answers.object(200, context.requestID) { $0.field("would_purge", count) }
        } catch {
          throw Problem(error, epoch: epoch)
        }
      }
    }
    let pending = unanswered(context, seconds: Self.purgeSeconds)
    configuration.purger.purge(wanted, by: context.attribution) { [self] report in
      pending.complete { [self] in answer(report, context) }
    }
    return .later(pending)
  }

  private func answer(_ report: Purger.Report, _ context: RequestContext) -> HTTPResponse {
    switch report.interruption {
    case nil, .limit:
      return Answers.object(200, context.requestID) { writer in
        writer.field("purged", report.purged)
        writer.field("is_complete", report.interruption == nil)
        writer.field("left", broker.withSnapshot { $0.archivedCount })
      }
    case .refused(let refusal): return Problem(refusal).response(requestID: context.requestID)
    case .unavailable(let reason): return Problem(reason).response(requestID: context.requestID)
    case .unreadable(let failure): return Problem(failure, epoch: epoch).response(requestID: context.requestID)
    }
  }
}

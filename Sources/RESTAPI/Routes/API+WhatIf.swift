import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import Persistent
import Scheduling
import Vocabulary

/// What one answer takes along at most.
enum ForecastLimits {
  static let hypotheticalJobs = 1_000
  static let waitingJobs = 10_000
  /// Moments that are planned for.
  static let events = 2_000
}

extension API {
  static var whatIfRoutes: [Route] {
    [
      Route(
        "POST", "/v1/graph/whatif",
        .whole(types: [MediaTypes.json], limit: JSONLimits.graph.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.askWhatIf(context, body)
        })
    ]
  }

  /// How long jobs without a time limit are taken to run.
  static let standardDuration = TimeSpan.seconds(3_600)

  private func askWhatIf(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let fields = try ClosedObject(body, allowing: ["mutations", "jobs", "assumed_duration"], limits: .graph)
    let operations = try fields.given("mutations").map { value throws(Problem) in
      try MutationReader.operations(value)
    }
    let jobs = try hypotheticalJobs(fields)
    var options = Forecast.Options(assumedDuration: try assumedDuration(fields))
    options.eventLimit = ForecastLimits.events
    options.jobLimit = ForecastLimits.waitingJobs
    guard let caller = context.caller else { throw .unauthorized }
    return try workOut(on: forecasts, context) { [self, options] () throws(Problem) in
      let state = broker.snapshot
      let now = broker.ports.now()
      let hypotheses = jobs.map { state.hypothesis($0.item, by: caller.principal, after: $0.delay) }
      let forecast: Forecast
      do throws(Refusal) {
        forecast = try state.forecast(after: operations ?? [], adding: hypotheses, options: options, at: now)
      } catch {
        throw Problem(error)
      }
      return Self.answer(forecast, at: now, state, for: caller, context)
    }
  }

  private func hypotheticalJobs(
    _ fields: ClosedObject
  ) throws(Problem) -> [(item: SubmitCommand.Item, delay: TimeSpan)] {
    var jobs: [(SubmitCommand.Item, TimeSpan)] = []
    for (index, value) in (try fields.list("jobs", upTo: ForecastLimits.hypotheticalJobs) ?? []).enumerated() {
      guard var object = value.object else { throw Problem(invalid: "/jobs/\(index)", "must be an object") }
      var delay = TimeSpan.zero
      if let after = object["after"], after != .null {
        guard let span = after.span, span >= .zero, span <= .seconds(JobspecLimits.maximumDurationSeconds) else {
          throw Problem(invalid: "/jobs/\(index)/after", "must be seconds, or a duration such as 10m")
        }
        delay = span
      }
      object["after"] = nil
      guard object["within"] ?? .null == .null else {
        throw Problem(invalid: "/jobs/\(index)/within", "a job that is only supposed waits for resources of its own")
      }
      if object["jobspec"] == nil, object["command"] == nil { object["command"] = .array([.string("true")]) }
      do throws(Problem) {
        jobs.append((try SubmissionReader.item(.object(object)), delay))
      } catch {
        throw error.within("/jobs/\(index)")
      }
    }
    return jobs
  }

  private func assumedDuration(_ fields: ClosedObject) throws(Problem) -> TimeSpan {
    guard let value = fields.given("assumed_duration") else { return Self.standardDuration }
    guard let span = value.span, span > .zero, span <= .seconds(JobspecLimits.maximumDurationSeconds) else {
      throw Problem(invalid: "/assumed_duration", "must be seconds, or a duration such as 1h, above zero")
    }
    return span
  }

  private static func answer(
    _ forecast: Forecast, at now: Timestamp, _ state: BrokerState, for caller: Caller, _ context: RequestContext
  ) -> HTTPResponse {
    Answers.object(200, context.requestID) { writer in
      writer.field("now", now)
      writer.name("jobs")
      writer.array { writer in
        for course in forecast.hypothetical { writer.object { write(course, to: &$0) } }
      }
      writer.name("waiting")
      writer.array { writer in
        let visible = forecast.waiting.lazy.filter { state.jobs[$0.job].map { caller.maySee($0.owner) } ?? false }
        for course in visible.prefix(largestPage) {
          writer.object { writer in
            writer.field("id", course.job)
            write(course, to: &writer)
          }
        }
      }
      writer.field("makespan", forecast.makespan.seconds)
      writer.name("utilisation")
      writer.object { writer in
        for utilisation in forecast.utilisation {
          writer.name(escaping: utilisation.type)
          writer.value(utilisation.share)
        }
      }
      if let cut = forecast.cut { writer.field("cut", cut.rawValue) } else { writer.nullField("cut") }
      writer.field("position", state.position.text)
    }
  }

  private static func write(_ course: Forecast.Course, to writer: inout JSONWriter) {
    if let start = course.start { writer.field("start", start) } else { writer.nullField("start") }
    if let end = course.end { writer.field("end", end) } else { writer.nullField("end") }
    writer.field("ranks", course.hosts.description)
    if let reason = course.reason { writer.field("reason", reason) }
  }
}

extension Problem {
  /// The same about a part of a body.
  func within(_ place: String) -> Problem {
    var problem = Problem(status, code, faults.isEmpty ? detail : "\(place)\(detail)")
    problem.faults = faults.map { Fault(pointer: place + $0.pointer, message: $0.message) }
    return problem
  }
}

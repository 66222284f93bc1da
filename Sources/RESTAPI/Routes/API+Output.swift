import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Vocabulary

extension API {
  static var outputRoutes: [Route] {
    [
      Route(
        "GET", "/v1/jobs/{id}/output",
        produces: [MediaTypes.bytes, MediaTypes.plain, MediaTypes.ndjson, MediaTypes.eventStream],
        .none { api, context throws(Problem) in try api.showOutput(context) })
    ]
  }

  /// Of one answer with a page of `/output`: what a client reads in a moment.
  static let outputBytesPerAnswer = 4 * 1_048_576
  /// Of ranks: no job has as many tasks.
  private static let largestRank = 10_000_000

  private func showOutput(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let names = ["stream", "rank", "offset", "limit", "attempt", "follow", "since"]
    let query = try QueryReader(context.head, allowing: names)
    let produced = [MediaTypes.bytes, MediaTypes.plain, MediaTypes.ndjson, MediaTypes.eventStream]
    let type = MediaTypes.preferred(context.head, among: produced) ?? MediaTypes.bytes
    let isPlain = type == MediaTypes.bytes || type == MediaTypes.plain
    var wish = OutputWish(streams: try Self.streams(query, isPlain: isPlain))
    wish.rank = try query.integer("rank", in: 0...Self.largestRank)
    wish.attempt = try query.integer("attempt", in: 1...1_000_000).map(UInt32.init)
    wish.follows = try query.flag("follow")
    let offset = try query.integer("offset", in: 0...Int.max)
    let limit = try query.integer("limit", in: 1...Self.outputBytesPerAnswer)
    let since = try query.text("since")
    if isPlain {
      guard since == nil else { throw .badQuery("since is for entries; bytes begin at an offset") }
      guard limit == nil || !wish.follows else { throw .badQuery("limit is for one answer, and follow goes on") }
      wish.skipped = UInt64(offset ?? 0)
      return wish.follows
        ? try followBytes(context, wish, type)
        : try showBytes(context, wish, type, limit: limit ?? Self.outputBytesPerAnswer)
    }
    guard offset == nil, limit == nil else { throw .badQuery("offset and limit are for bytes; entries have since") }
    if let text = context.head.header("last-event-id") ?? since {
      guard let position = OutputPosition(text) else {
        throw Problem(400, "bad_position", "a position of output looks like 1:4096:0")
      }
      wish.since = position
    }
    return try followEntries(context, wish)
  }

  private static func streams(_ query: QueryReader, isPlain: Bool) throws(Problem) -> [OutputStream] {
    switch try query.text("stream") ?? (isPlain ? "stdout" : "all") {
    case "stdout": return [.stdout]
    case "stderr": return [.stderr]
    case "all" where !isPlain: return OutputStream.allCases
    default: throw .badQuery("stream is stdout or stderr, or all for entries")
    }
  }

  /// A page: what is there now.
  private func showBytes(
    _ context: RequestContext, _ wish: OutputWish, _ type: String, limit: Int
  ) throws(Problem) -> HTTPReply {
    let id = try jobID(context)
    return readLater(context) { [self] () throws(Problem) in
      let job = try visibleJob(id, context)
      try Self.checkStored(job, wish.streams[0])
      let reader = configuration.outputs.reader(
        id, attempt: wish.attempt ?? job.attempt, wish.request(job, [wish.streams[0]: wish.skipped]))
      var bytes: [UInt8] = []
      while bytes.count < limit {
        let runs = reader.next(limit: limit - bytes.count)
        if runs.isEmpty { break }
        for run in runs { bytes += run.bytes }
      }
      // The mark of a cut comes whole; what is beyond the limit comes with the next page.
      let isWhole = bytes.count <= limit
      bytes = Array(bytes.prefix(limit))
      let isComplete = job.phase == .ended && isWhole && reader.next(limit: 1).isEmpty
      let headers = [
        HeaderField(name: "Sluice-Next-Offset", value: String(wish.skipped + UInt64(bytes.count))),
        HeaderField(name: "Sluice-Output-Complete", value: isComplete ? "true" : "false"),
      ]
      return Answers.bytes(
        200, Self.shown(type), context.requestID, headers: headers + Self.sandbox, bytes)
    }
  }

  private func followBytes(_ context: RequestContext, _ wish: OutputWish, _ type: String) throws(Problem) -> HTTPReply {
    try withFoundJob(context) { [self] job throws(Problem) in
      try Self.checkStored(job, wish.streams[0])
      return try openStream(context, type: Self.shown(type), headers: Self.sandbox) { [self] caller in
        OutputFollowing(api: self, caller: caller, job: job, wish: wish, form: nil)
      }
    }
  }

  private func followEntries(_ context: RequestContext, _ wish: OutputWish) throws(Problem) -> HTTPReply {
    let ending: @Sendable (Job) -> HTTPResponse? = { [self] job in
      guard job.phase == .ended, let since = wish.since, since.attempt == job.attempt else { return nil }
      let reader = configuration.outputs.reader(job.id, attempt: since.attempt, wish.request(job, since.skipped))
      // A browser that reconnects for ever is told to stop.
      return reader.next(limit: 1).isEmpty ? Answers.noContent(context.requestID) : nil
    }
    return try withFoundJob(context, ending) { [self] job throws(Problem) in
      if let since = wish.since, since.attempt > job.attempt {
        throw Problem(400, "bad_position", "the position lies ahead of attempt \(job.attempt)")
      }
      return try openStream(context, among: [MediaTypes.ndjson, MediaTypes.eventStream]) { [self] caller, form in
        OutputFollowing(api: self, caller: caller, job: job, wish: wish, form: form)
      }
    }
  }

  /// What tasks wrote is of any kind, and never more than text to a browser.
  private static func shown(_ type: String) -> String { type == MediaTypes.plain ? "text/plain; charset=utf-8" : type }

  private static func checkStored(_ job: Job, _ stream: OutputStream) throws(Problem) {
    guard let file = job.outputFile(stream) else { return }
    throw Problem(404, "output_elsewhere", "the job writes its \(stream.rawValue) to \(file)")
  }
}

/// What a request for output asks for.
struct OutputWish: Sendable {
  let streams: [OutputStream]
  var rank: Int?
  /// `nil`: the current one, and those that follow it.
  var attempt: UInt32?
  /// Wait for what is still to be written.
  var follows = false
  /// Bytes of the only stream to leave out.
  var skipped: UInt64 = 0
  /// Where an earlier stream of entries stopped.
  var since: OutputPosition?

  init(streams: [OutputStream]) { self.streams = streams }

  func request(_ job: Job, _ skipped: [OutputStream: UInt64]) -> OutputRequest {
    let stored = streams.filter { job.outputFile($0) == nil }
    return OutputRequest(streams: stored, rank: rank, skipped: skipped, limit: job.outputLimit)
  }
}

extension Job {
  /// The file that a stream goes to instead of the broker's store, as the user wrote it.
  func outputFile(_ stream: OutputStream) -> String? {
    stream == .stdout ? jobspec.standardOutput : jobspec.standardError
  }

  /// Bytes of each stream that are kept.
  var outputLimit: Int64 { min(jobspec.outputLimit ?? BrokerLimits.outputBytes, BrokerLimits.outputBytes) }
}

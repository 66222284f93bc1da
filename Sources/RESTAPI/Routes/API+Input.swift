import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import Vocabulary

extension API {
  static var inputRoutes: [Route] {
    [
      Route(
        "PUT", "/v1/jobs/{id}/stdin",
        .pieces(types: []) { api, context throws(Problem) in try api.takeInput(context) })
    ]
  }

  private func takeInput(_ context: RequestContext) throws(Problem) -> any BodyReceiver {
    let query = try QueryReader(context.head, allowing: ["rank", "offset", "eof"])
    let readers = try query.text("rank").map(InputReaders.init)
    if readers == .some(nil) { throw .badQuery("rank is 0 or all, as the job was submitted with") }
    let offset = try query.integer("offset", in: 0...Int.max).map { UInt64($0) }
    let isLast = try query.flag("eof")
    let id = try jobID(context)
    guard let caller = context.caller, let job = broker.withSnapshot({ $0.jobs[id] }) else {
      // Ended, or never there: which of the two is for the archive to say, once the body has come.
      return InputUpload(api: self, context: context, refusedFor: id)
    }
    guard caller.maySee(job.owner) else { throw .notFound }
    guard caller.principal.userID == job.owner.userID else {
      throw Problem(403, "forbidden", "only the job's own user may write to it")
    }
    guard let taken = job.jobspec.streamedInput else {
      throw Problem(409, "no_input", "the job was submitted without streamed input, see shell.options.input")
    }
    if let readers = readers ?? nil, readers != taken {
      throw Problem(409, "other_readers", "the job's input goes to rank \(taken.rawValue), as it was submitted")
    }
    guard job.phase == .allocated || job.phase == .running else { throw InputUpload.notRunning }
    return InputUpload(api: self, context: context, to: job, at: offset, isLast: isLast)
  }
}

import Hosting
import Jobs
import Vocabulary

/// What one stream delivers: by attributes that never change, so that a resumed stream sees the same.
struct StreamFilter: Sendable {
  /// `nil`: all topics.
  var topics: Set<StreamEvent.Topic>?
  var job: JobID?
  var user: String?
  /// Only messages of these topics.
  var messages: MessageFilter?

  func passes(_ event: StreamEvent, to caller: Caller) -> Bool {
    guard caller.maySee(event.owner) else { return false }
    if let messages { return messages.passes(event) }
    if let topics, !topics.contains(event.topic) { return false }
    if let job, event.job != job { return false }
    if let user, event.owner.name != user { return false }
    return true
  }
}

import Hosting
import Jobs
import Messaging

/// The messages of one user whose topics match.
struct MessageFilter: Sendable {
  let owner: Principal
  let pattern: TopicPattern

  func passes(_ event: StreamEvent) -> Bool {
    guard let text = event.messageTopic, event.owner == owner, let topic = TopicName(text) else { return false }
    return pattern.matches(topic)
  }
}

import APIClient
import Vocabulary

/// What `top` shows at one moment.
struct TopPicture {
  /// Jobs of each kind that are listed: more than a person scrolls through.
  private static let listed = 500

  let place: String
  let time: Timestamp
  /// The broker's own counts, which its owner may see.
  let metrics: [String: Double]?
  let running: [JSONValue]
  let pending: [JSONValue]
  /// Why this is not how things are now.
  var trouble: String?

  var jobCount: Int { running.count + pending.count }

  static func take(_ client: BrokerClient) throws(ClientError) -> Self {
    Self(
      place: client.endpoint.name, time: Clock.now, metrics: try client.metrics(),
      running: try jobs(client, "running"), pending: try jobs(client, "pending"))
  }

  /// The next one, or the same with the reason why there is none.
  func next(_ client: BrokerClient) -> Self {
    do throws(ClientError) {
      return try Self.take(client)
    } catch {
      var same = self
      same.trouble = Terminal.harmless("\(error)".split(separator: "\n").first.map(String.init) ?? "")
      return same
    }
  }

  private static func jobs(_ client: BrokerClient, _ state: String) throws(ClientError) -> [JSONValue] {
    var jobs: [JSONValue] = []
    try client.jobs([("state", state)], limit: listed) { page in
      jobs += page
      return true
    }
    return jobs
  }

  // MARK: Lines

  func lines(width: Int, height: Int, from offset: Int, _ terminal: Terminal) -> [String] {
    var lines = [
      heading(terminal, width),
      trouble.map { terminal.styled(String($0.prefix(width)), .red) } ?? summary(width, terminal), "",
    ]
    var table = JobTable(now: Clock.now, terminal: terminal)
    let room = height == .max ? jobCount : max(0, height - lines.count - 1)
    for job in (running + pending).dropFirst(offset).prefix(room) { table.append(job) }
    lines += table.lines(withHeader: true)
    return Array(lines.prefix(height))
  }

  private func heading(_ terminal: Terminal, _ width: Int) -> String {
    let clock = String(time.rfc3339.prefix(19)) + "Z"
    return terminal.styled(String("sluice top  \(place)  \(clock)".prefix(width)), .bold)
  }

  /// `cores [████    ] 12/16   running 3   pending 500+   ended 17 (2 failed)`
  private func summary(_ width: Int, _ terminal: Terminal) -> String {
    var parts: [String] = []
    if let all = count("sluice_cores"), let free = count("sluice_free_cores"), all > 0 {
      let used = all - free
      let room = 20
      let full = (used * room + all - 1) / all
      let bar = String(repeating: terminal.isUTF8 ? "█" : "#", count: full) + String(repeating: " ", count: room - full)
      parts.append("cores [\(bar)] \(used)/\(all)")
    }
    parts.append("running \(count("sluice_jobs{state=\"running\"}").map { String($0) } ?? Self.atLeast(running.count))")
    parts.append("pending \(count("sluice_jobs{state=\"pending\"}").map { String($0) } ?? Self.atLeast(pending.count))")
    if let metrics {
      let ended = metrics.filter { $0.key.hasPrefix("sluice_jobs_ended_total") }
      let all = Int(ended.values.reduce(0, +))
      let completed = count("sluice_jobs_ended_total{result=\"COMPLETED\"}") ?? 0
      parts.append("ended \(all) (\(all - completed) not completed)")
    }
    return String(parts.joined(separator: "   ").prefix(width))
  }

  private func count(_ name: String) -> Int? { metrics?[name].map { Int($0) } }

  private static func atLeast(_ count: Int) -> String { count < listed ? "\(count)" : "\(count)+" }
}

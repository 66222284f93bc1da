import ArgumentParser
import Vocabulary

/// How a job's events are written: the options that `eventlog` and `wait-event` share, named as Flux names them.
struct EventLineOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }
  enum TimeFormat: String, ExpressibleByArgument, CaseIterable { case raw, iso, offset }

  @Option(
    name: [.customShort("f", allowingJoined: true), .long], help: "Words, or one JSON object a line (RFC 18).")
  var format: Format?

  @Option(
    name: [.customShort("T", allowingJoined: true), .long],
    help: "Times of words: seconds since 1970 (the default), RFC 3339, or seconds since the job's first event.")
  var timeFormat: TimeFormat?

  @Flag(name: [.customShort("H"), .long], help: "Words for people: the minute, and seconds since it began.")
  var human = false

  func validate() throws {
    if format == .json, human || timeFormat != nil {
      throw ValidationError("--time-format and --human go with --format=text: JSON has its own times.")
    }
    if human, timeFormat != nil { throw ValidationError("--human and --time-format exclude each other.") }
  }

  /// - Parameter format: where none was asked for.
  func lines(otherwise format: Format) -> EventLines {
    let isText = human || timeFormat != nil
    return EventLines(
      format: self.format ?? (isText ? .text : format), time: human ? .human : .init(timeFormat ?? .raw),
      terminal: .output)
  }
}

/// Events of one job as lines, one after the other.
///
/// - Source: flux-job(1), `eventlog`; flux-core, `eventlog_formatter`.
struct EventLines {
  enum Time {
    case raw, iso, offset, human

    init(_ format: EventLineOptions.TimeFormat) {
      self =
        switch format {
        case .raw: .raw
        case .iso: .iso
        case .offset: .offset
        }
    }
  }

  let format: EventLineOptions.Format
  let time: Time
  let terminal: Terminal
  private var first: Timestamp?
  /// Of the minute that is shown, its first event.
  private var minute: (text: String, begin: Timestamp)?

  init(format: EventLineOptions.Format, time: Time, terminal: Terminal) {
    self.format = format
    self.time = time
    self.terminal = terminal
  }

  /// The line of the next event, as the eventlog and streams have it. Also for an event that is not shown: times count
  /// from the first.
  mutating func line(_ event: JSONValue) -> String {
    let moment = Self.moment(event["timestamp"])
    first = first ?? moment
    if format == .json {
      // Streams say it in RFC 3339.
      var entry: JSONObject = ["timestamp": .real(Double(moment.microseconds) / 1e6)]
      for name in ["name", "context"] { if let value = event[name] { entry[name] = value } }
      return JSONValue.object(entry).jsonText
    }
    let name = Terminal.harmless(event["name"]?.string ?? "?")
    var words = [terminal.styled(shown(moment), .dim), terminal.styled(name, name == "exception" ? .red : .bold)]
    for member in event["context"]?.object?.members ?? [] {
      words.append("\(Terminal.harmless(member.name))=\(Terminal.harmless(member.value.jsonText))")
    }
    return words.joined(separator: " ")
  }

  /// Seconds since 1970, or RFC 3339.
  private static func moment(_ value: JSONValue?) -> Timestamp {
    if let text = value?.string, let time = Timestamp(rfc3339: text) { return time }
    guard let seconds = value?.number, abs(seconds) < 1e12 else { return Timestamp(microseconds: 0) }
    return Timestamp(microseconds: Int64((seconds * 1e6).rounded()))
  }

  private mutating func shown(_ moment: Timestamp) -> String {
    switch time {
    case .raw: return Self.seconds(moment.microseconds)
    case .iso: return moment.rfc3339
    case .offset: return Self.seconds(moment.microseconds - (first ?? moment).microseconds)
    case .human:
      let text = Self.minute(of: moment)
      if let minute, minute.text == text {
        let since = "+" + Self.seconds(moment.microseconds - minute.begin.microseconds)
        return "[" + String(repeating: " ", count: max(0, 11 - since.count)) + since + "]"
      }
      minute = (text, moment)
      return "[\(text)]"
    }
  }

  /// With six digits behind the point.
  private static func seconds(_ microseconds: Int64) -> String {
    let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    let digits = String(rest)
    return (microseconds < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// `Nov23 20:57`, in UTC like all times here.
  private static func minute(of moment: Timestamp) -> String {
    let parts = moment.rfc3339.split { "-T:".contains($0) }
    guard parts.count > 4, let month = Int(parts[1]), (1...months.count).contains(month) else { return moment.rfc3339 }
    return "\(months[month - 1])\(parts[2]) \(parts[3]):\(parts[4])"
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

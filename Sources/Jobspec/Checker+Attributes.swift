import Vocabulary

/// Readers of the values that attributes and short fields share.
extension Checker {
  /// Seconds as a number, or a Flux Standard Duration; `inf` is `TimeSpan.unlimited`.
  mutating func flexibleDuration(_ value: JSONValue) -> TimeSpan? {
    guard case .string(let text) = value else { return seconds(value) }
    let greatest = TimeSpan.seconds(JobspecLimits.maximumDurationSeconds)
    guard let span = try? TimeSpan(fsd: text), span <= greatest || span == .unlimited else {
      report("must be seconds, or a number with one of the units ms, s, m, h, d, at most \(greatest.fsd)")
      return nil
    }
    return span
  }

  /// The longest that a job may run: `inf` is no limit, which is zero in a jobspec.
  mutating func timeLimit(_ value: JSONValue) -> TimeSpan? {
    flexibleDuration(value).map { $0 == .unlimited ? .zero : $0 }
  }

  /// A run time that is reached at some time.
  mutating func runTime(_ value: JSONValue) -> TimeSpan? {
    let span = flexibleDuration(value)
    guard span == .unlimited else { return span }
    report("must not be unlimited; leave it out instead")
    return nil
  }

  mutating func jobName(_ value: JSONValue) -> String? {
    plainText(value, maximumBytes: JobspecLimits.maximumNameBytes)
  }

  mutating func queueName(_ value: JSONValue) -> String? {
    plainText(value, maximumBytes: JobspecLimits.maximumQueueNameBytes)
  }

  mutating func maxAttempts(_ value: JSONValue) -> Int? {
    integer(value, in: 1...JobspecLimits.maximumAttempts).map(Int.init)
  }

  /// An absolute path; whether it exists is for the node to find out.
  mutating func directory(_ value: JSONValue) -> String? {
    guard let path = path(value) else { return nil }
    if !path.isEmpty, !path.hasPrefix("/") { report("must be an absolute path") }
    return path
  }

  /// Where a stream comes from or goes to; a relative path is relative to the job's directory.
  mutating func streamFile(_ value: JSONValue, isTemplate: Bool) -> String? {
    guard let path = path(value) else { return nil }
    guard isTemplate else { return path }
    if let complaint = PathTemplate.complaint(about: path) {
      report(complaint)
    } else if path.contains("{{"), path.split(separator: "/").contains("..") {
      report("must not contain \"..\" beside a tag")
    }
    return path
  }

  private mutating func path(_ value: JSONValue) -> String? {
    guard let path = string(value) else { return nil }
    if path.isEmpty {
      report("must not be empty")
    } else if path.utf8.count > JobspecLimits.maximumPathBytes {
      report("must have at most \(JobspecLimits.maximumPathBytes) bytes, not \(path.utf8.count)")
    } else if path.hasControlCharacter {
      report("must not contain control characters")
    }
    return path
  }

  /// `options.<direction>.<stream>.path`.
  mutating func streamPath(
    _ options: JSONObject, _ direction: String, _ stream: String, isTemplate: Bool
  ) -> String? {
    guard let direct = options[direction]?.object?[stream] else { return nil }
    return within(direction) { checker in
      checker.within(stream) { checker in
        guard let settings = checker.object(direct), let path = settings["path"] else { return nil }
        return checker.within("path") { $0.streamFile(path, isTemplate: isTemplate) }
      }
    }
  }

  /// `options.input.stdin` of type `service`, which is what Flux calls input that is not a file.
  mutating func inputReaders(_ options: JSONObject) -> InputReaders? {
    guard let stdin = options["input"]?.object?["stdin"]?.object, stdin["type"]?.string == "service" else { return nil }
    guard let ranks = stdin["ranks"] else { return .first }
    return within("input") { checker in
      checker.within("stdin") { checker in
        if stdin["path"] != nil { checker.report("has a path, which is for a stdin of type \"file\"") }
        let text = ranks.string ?? ranks.integer.map { String($0) }
        if let readers = text.flatMap(InputReaders.init) { return readers }
        checker.report(at: "ranks", "must be \"0\", for the first task, or \"all\"")
        return nil
      }
    }
  }

  /// Bytes as a number, or with a unit such as `10M`.
  mutating func outputLimit(_ value: JSONValue) -> Int64? {
    if let bytes = value.integer, bytes >= 0 { return bytes }
    if let text = value.string, let amount = Amount(parsing: text), amount >= .zero { return amount.wholeUnits }
    report("must be a number of bytes, or an amount such as \"10M\"")
    return nil
  }

  /// A number, or octal digits as people write masks.
  mutating func fileMask(_ value: JSONValue) -> UInt32? {
    if case .string(let digits) = value, digits.utf8.count <= 5, digits.utf8.first != 0x2B,
      let mask = UInt32(digits, radix: 8), mask <= 0o777
    {
      return mask
    }
    if case .integer(let mask) = value, (0...0o777).contains(mask) { return UInt32(mask) }
    report("must be octal digits from \"0000\" to \"0777\", or a number from 0 to 511")
    return nil
  }

  /// Flux writes -1 for unlimited.
  mutating func resourceLimits(_ value: JSONValue) -> [RequestedLimit] {
    guard let object = object(value) else { return [] }
    return object.members.compactMap { member in
      guard RequestedLimit.names.contains(member.name) else {
        reportUnknown(member.name, allowed: RequestedLimit.names)
        return nil
      }
      guard let limit = within(member.name, { $0.integer(member.value, in: -1...Int64.max) }) else {
        return nil
      }
      let name = member.name == "ofile" ? "nofile" : member.name
      return RequestedLimit(name: name, value: limit < 0 ? .max : UInt64(limit))
    }
  }

  mutating func environment(_ value: JSONValue) -> [EnvironmentEntry] {
    guard let object = object(value) else { return [] }
    if object.count > JobspecLimits.maximumEnvironmentEntries {
      report("must have at most \(JobspecLimits.maximumEnvironmentEntries) variables, not \(object.count)")
    }
    return object.members.compactMap { member in
      checkVariableName(member.name)
      switch member.value {
      case .null: return EnvironmentEntry(name: member.name, value: nil)
      case .string(let text):
        if text.hasNUL { report(at: member.name, "must not contain NUL") }
        if text.utf8.count > JobspecLimits.maximumArgumentBytes {
          report(at: member.name, "must have at most \(JobspecLimits.maximumArgumentBytes) bytes")
        }
        return EnvironmentEntry(name: member.name, value: text)
      default:
        report(at: member.name, "must be a string, or null to unset the variable, not \(member.value.kind)")
        return nil
      }
    }
  }

  private mutating func checkVariableName(_ name: String) {
    if name.isEmpty {
      report(at: name, "the name of a variable must not be empty")
    } else if name.utf8.contains(UInt8(ascii: "=")) || name.hasControlCharacter {
      report(at: name, "the name of a variable must not contain \"=\" or control characters")
    } else if name.hasPrefix(JobspecLimits.reservedEnvironmentPrefix) {
      report(at: name, "names that begin with \(JobspecLimits.reservedEnvironmentPrefix) are reserved")
    }
  }

  /// Attributes that would change what the job means, but that this broker does not act on, are not
  /// swallowed.
  mutating func refuseUnlessEmpty(_ value: JSONValue) {
    switch value {
    case .null: break
    case .array(let elements) where elements.isEmpty: break
    case .object(let object) where object.isEmpty: break
    default: report("is not supported by this broker")
    }
  }
}

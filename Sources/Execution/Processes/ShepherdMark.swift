import BrokerCore
import Glibc
import Vocabulary

/// The environment variable by which a process is recognised as part of an attempt, whatever it did since.
///
/// `SLUICE_SHEPHERD=<state>.<incarnation>.<job>.<attempt>`, all in hexadecimal of fixed width. Processes inherit
/// it; the next shepherd of the same state directory finds by it what a killed one left behind.
struct ShepherdMark: Equatable {
  static let variable = "SLUICE_SHEPHERD"
  /// `/proc/<pid>/environ` beyond this is not looked at: the API bounds arguments and environment to 1 MiB.
  private static let environmentBytes = 2 << 20

  /// Random, kept in the state directory.
  let state: UInt64
  let incarnation: UInt64
  let attempt: AttemptID

  var value: String {
    let words = [state, incarnation, attempt.job.rawValue, UInt64(attempt.number)]
    // Four words of 16 digits and three dots; written once for every task, so in one piece.
    return unsafe String(unsafeUninitializedCapacity: 67) { buffer in
      for (index, word) in words.enumerated() {
        let start = index * 17
        for digit in 0..<16 { unsafe buffer[start + digit] = hexadecimalDigit(word >> UInt64(60 - 4 * digit)) }
        if index < 3 { unsafe buffer[start + 16] = UInt8(ascii: ".") }
      }
      return 67
    }
  }

  init(state: UInt64, incarnation: UInt64, attempt: AttemptID) {
    self.state = state
    self.incarnation = incarnation
    self.attempt = attempt
  }

  init?(value: some StringProtocol) {
    let words = value.split(separator: ".").compactMap { $0.utf8.count == 16 ? UInt64($0, radix: 16) : nil }
    guard words.count == 4, let number = UInt32(exactly: words[3]),
      let attempt = AttemptID(job: JobID(words[2]), number: number)
    else { return nil }
    state = words[0]
    incarnation = words[1]
    self.attempt = attempt
  }

  /// The mark in the environment that a process was started with; `nil` without one, or where it may not be read.
  init?(readingProcess pid: pid_t) {
    guard let environment = contents(ofFile: "/proc/\(pid)/environ", limit: Self.environmentBytes) else {
      return nil
    }
    let prefix = Array("\(Self.variable)=".utf8)
    for entry in environment.split(separator: 0) where entry.starts(with: prefix) {
      self.init(value: String(decoding: entry.dropFirst(prefix.count), as: UTF8.self))
      return
    }
    return nil
  }
}

/// 16 lower-case digits.
func hexadecimal(_ number: UInt64) -> String {
  unsafe String(unsafeUninitializedCapacity: 16) { buffer in
    for digit in 0..<16 { unsafe buffer[digit] = hexadecimalDigit(number >> UInt64(60 - 4 * digit)) }
    return 16
  }
}

/// The digit of the lowest four bits.
private func hexadecimalDigit(_ number: UInt64) -> UInt8 {
  let value = UInt8(truncatingIfNeeded: number & 0xF)
  return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

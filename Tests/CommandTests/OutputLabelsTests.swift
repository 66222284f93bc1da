import APIClient
import Testing

@testable import sluice

@Suite("Labels of output") struct OutputLabelsTests {
  private func shown(_ pieces: [(JobOutputStream, Int?, String)], ended: Bool = true) -> String {
    var labels = OutputLabels()
    var bytes: [UInt8] = []
    for (stream, rank, text) in pieces {
      bytes += labels.take(JobOutputPiece(stream: stream, rank: rank, bytes: Array(text.utf8), isEnd: false))
    }
    if ended {
      for stream in JobOutputStream.allCases {
        bytes += labels.take(JobOutputPiece(stream: stream, rank: nil, bytes: [], isEnd: true))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("stand before whole lines, however these came")
  func lines() {
    #expect(
      shown([(.standardOutput, 0, "a"), (.standardOutput, 1, "x\ny"), (.standardOutput, 0, "b\n\n")])
        == "1: x\n0: ab\n0: \n1: y\n")
  }

  @Test("keep the streams of a task apart, and leave out a task that is not known")
  func streams() {
    #expect(
      shown([(.standardOutput, 2, "o"), (.standardError, 2, "e"), (.standardOutput, nil, "?\n")]) == "?\n2: o\n2: e\n")
  }

  @Test("are given to a line that does not end before it takes all memory")
  func longLine() {
    let long = String(repeating: "z", count: 70_000)
    #expect(shown([(.standardOutput, 0, long)], ended: false) == "0: \(long)\n")
  }
}

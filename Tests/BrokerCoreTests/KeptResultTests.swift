import Jobs
import Persistent
import TestKit
import Testing
import Vocabulary

@testable import BrokerCore

@Suite("Kept results") struct KeptResultTests {
  private func keep(_ answer: KeptAnswer, in state: inout BrokerState) {
    _ = state.fold(
      Record(
        seq: state.nextSeq, at: answer.at, attribution: .broker, owner: answer.owner, causeSeq: 0,
        body: .answerKept(answer)))
  }

  @Test("Of each user the latest stay, and kept answers to submissions stay beside them")
  func latest() {
    var state = BrokerState(epoch: 1)
    var source = RandomRecords(random: SeededRandom(seed: 5))
    var times: [Timestamp] = []
    for number in 0..<BrokerLimits.keptResultsPerUser + 500 {
      let answer = source.answer(Samples.user(1), holdsResult: true)
      times.append(answer.at)
      keep(answer, in: &state)
      if number % 100 == 0 {
        keep(source.answer(Samples.user(1)), in: &state)
        keep(source.answer(Samples.user(2), holdsResult: true), in: &state)
      }
    }
    let kept = state.answers.values.filter { $0.holdsResult && $0.owner == Samples.user(1) }
    #expect(kept.map(\.at).sorted() == times.sorted().suffix(BrokerLimits.keptResultsPerUser))
    #expect(state.answers.count == BrokerLimits.keptResultsPerUser + 2 * 105)
    #expect(state.keptResultsAreConsistent && state.answersByAge.count == state.answers.count)
    // Age takes them all in the end.
    let body = RecordBody.answersForgotten(before: Timestamp(microseconds: .max))
    _ = state.fold(
      Record(
        seq: state.nextSeq, at: Timestamp(microseconds: 0), attribution: .broker, owner: Samples.owner, causeSeq: 0,
        body: body))
    #expect(state.answers.isEmpty && state.answerCounts.isEmpty && state.keptResultsAreConsistent)
  }
}

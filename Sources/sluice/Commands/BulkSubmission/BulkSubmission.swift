import APIClient
import ArgumentParser
import Vocabulary

/// One run of `bulksubmit`: makes the lines while they are sent, and finds the inputs of each result.
///
/// Neither lines nor combinations are kept: what is told about an input is found by its number.
final class BulkSubmission {
  /// Of an input that was not submitted.
  struct Refusal {
    let message: String
    let advice: String?
  }

  private let template: SubmissionTemplate
  private let inputs: InputCombinations
  /// Numbers of combinations as they are submitted.
  private let order: [Int]
  private var made = 0
  /// Jobs of the lines made so far.
  private var sent = 0
  /// Places in `order` of inputs that made no line, and why; as they come, so in order.
  private var unmade: [(place: Int, refusal: Refusal)] = []
  private var told = 0
  private var answered = 0
  /// The ids of each combination; filled only where the order of submission is another one.
  private var ids: [Int: [String]] = [:]
  private var idsAsSubmitted: [String] = []
  private(set) var firstRefusal: Refusal?

  init(_ template: SubmissionTemplate, _ inputs: InputCombinations, order: [Int]) {
    self.template = template
    self.inputs = inputs
    self.order = order
  }

  /// How many jobs there are to be; inputs of which none can be made count as one.
  var jobCount: Int {
    if template.hasFixedCount { return inputs.count * count(of: 0) }
    return (0..<inputs.count).reduce(0) { $0 + count(of: $1) }
  }

  private func count(of number: Int) -> Int { (try? template.jobCount(inputs[number], number: number)) ?? 1 }

  /// The next line, and how many jobs there are with it.
  func nextLine() -> (text: [UInt8], sent: Int)? {
    while made < order.count {
      let place = made
      let number = order[place]
      made += 1
      sent += count(of: number)
      do {
        return (try template.line(inputs[number], number: number), sent)
      } catch {
        unmade.append((place, Refusal(message: "\(error)", advice: nil)))
      }
    }
    return nil
  }

  func take(_ result: BulkResult) {
    while told < unmade.count, unmade[told].place == answered {
      refuseNextUnmade()
      answered += 1
    }
    // More answers than questions would be another broker's fault.
    guard answered < order.count else { return }
    let number = order[answered]
    answered += 1
    if idsKeepOrder { idsAsSubmitted += result.ids } else { ids[number] = result.ids }
    if let problem = result.problem {
      refuse(number, Refusal(message: problem.summary, advice: problem.advice))
    }
  }

  /// Tells of the inputs after the last that was sent.
  func finish() {
    while told < unmade.count { refuseNextUnmade() }
  }

  private func refuseNextUnmade() {
    refuse(order[unmade[told].place], unmade[told].refusal)
    told += 1
  }

  private lazy var idsKeepOrder: Bool = order.indices.allSatisfy { order[$0] == $0 }

  /// In the order of the inputs.
  var idsInOrder: [String] {
    idsKeepOrder ? idsAsSubmitted : (0..<inputs.count).flatMap { ids[$0] ?? [] }
  }

  private func refuse(_ number: Int, _ refusal: Refusal) {
    firstRefusal = firstRefusal ?? refusal
    let words = inputs[number].map { ShellQuoting.quoted($0) }.joined(separator: " ")
    Console.note(Terminal.harmless("\(words): \(refusal.message)"))
  }
}

import Jobspec
import Testing
import Vocabulary

@Suite struct ResourceCountTests {
  @Test(
    "The examples of RFC 45, and sets, are read",
    arguments: [
      ("1-5:2:+", .range(minimum: 1, maximum: 5, step: .add, operand: 2)),
      ("1-5:2", .range(minimum: 1, maximum: 5, step: .add, operand: 2)),
      ("1-4:1:+", .range(minimum: 1, maximum: 4, step: .add, operand: 1)),
      ("1-4", .range(minimum: 1, maximum: 4, step: .add, operand: 1)),
      ("[1-4:2:*]", .range(minimum: 1, maximum: 4, step: .multiply, operand: 2)),
      ("[100+]", .range(minimum: 100, maximum: nil, step: .add, operand: 1)),
      ("4+", .range(minimum: 4, maximum: nil, step: .add, operand: 1)),
      ("2+:3:^", .range(minimum: 2, maximum: nil, step: .power, operand: 3)),
      ("4+:2:+", .range(minimum: 4, maximum: nil, step: .add, operand: 2)),
      ("4,9,16,25", .set([4, 9, 16, 25])), ("[1-4,8]", .set([1, 2, 3, 4, 8])), ("7", .set([7])),
    ] as [(String, ResourceCount)])
  func texts(text: String, count: ResourceCount) {
    #expect(ResourceCount(parsing: text) == count)
  }

  @Test(
    "What is no count, or breaks the rules of ranges, is refused",
    arguments: [
      "", "0", "0-4", "01-4", "1-04", "1-4:0", "1-4:01", "4-1", "1-", "-4", "+", "1-4:", "1-4:2:", "1-4:2:/", "1-4:1:*",
      "2-4:1:^", "1-4:2:^", "1-4:2:+:1", "[1-4", "1-4]", "1 - 4", "4++", "99999999999999999999+", "0,1", "a", "[]",
    ])
  func refused(text: String) {
    #expect(ResourceCount(parsing: text) == nil)
  }

  /// All acceptable counts up to a limit, by the words of RFC 14.
  private func acceptable(_ count: ResourceCount, upTo limit: Int64) -> [Int64] {
    switch count {
    case .exactly(let number): return number <= limit ? [number] : []
    case .set(let set): return set.map(Int64.init).filter { $0 <= limit }
    case .range(let minimum, let maximum, let step, let operand):
      var counts: [Int64] = []
      var next = minimum
      while next <= min(limit, maximum ?? limit) {
        counts.append(next)
        switch step {
        case .add: next += operand
        case .multiply: next *= operand
        case .power: next = (0..<operand).reduce(1) { power, _ in power * next }
        }
      }
      return counts
    }
  }

  @Test("The largest acceptable count is that of the list of all acceptable ones")
  func choosing() {
    let steps: [ResourceCount.Step] = [.add, .multiply, .power]
    for step in steps {
      for minimum in (step == .power ? 2 : 1)...Int64(5) {
        for operand in (step == .add ? 1 : 2)...Int64(4) {
          for maximum in [nil, minimum, minimum + 3, 20] as [Int64?] {
            let count = ResourceCount.range(minimum: minimum, maximum: maximum, step: step, operand: operand)
            for limit in Int64(0)...30 {
              #expect(count.acceptable(atMost: limit) == acceptable(count, upTo: limit).last)
            }
            #expect(count.minimum == minimum)
            #expect(count.maximum == maximum.flatMap { acceptable(count, upTo: $0).last })
          }
        }
      }
    }
    for count in [.exactly(4), .set([4, 9, 10, 11, 16])] as [ResourceCount] {
      for limit in Int64(0)...30 {
        #expect(count.acceptable(atMost: limit) == acceptable(count, upTo: limit).last)
      }
    }
    #expect(ResourceCount.exactly(4).isExact && ResourceCount.set([4]).isExact)
    #expect(ResourceCount.range(minimum: 4, maximum: 6, step: .add, operand: 3).isExact)
    #expect(!ResourceCount.range(minimum: 4, maximum: nil, step: .add, operand: 1).isExact)
  }

  @Test("Ranges without an end stop where numbers do")
  func overflow() {
    for step in [.multiply, .power] as [ResourceCount.Step] {
      let count = ResourceCount.range(minimum: 3, maximum: nil, step: step, operand: .max)
      #expect(count.acceptable(atMost: .max) == 3)
    }
    let doubling = ResourceCount.range(minimum: 1, maximum: nil, step: .multiply, operand: 2)
    #expect(doubling.acceptable(atMost: .max) == 1 << 62)
    let adding = ResourceCount.range(minimum: 1, maximum: nil, step: .add, operand: .max)
    #expect(adding.acceptable(atMost: .max) == 1)
  }
}

import APIClient

/// Every combination of several lists of inputs; the last list changes fastest.
///
/// A linked list is not combined: it gives its values in turn, from the start again when they are used up. Combinations
/// are made when they are asked for: only the lists are kept.
/// - Source: flux-bulksubmit(1).
struct InputCombinations {
  struct List: Equatable {
    let values: [String]
    var isLinked = false
  }

  let lists: [List]
  let count: Int

  /// - Throws: when there are none, or more than `limit`.
  init(_ lists: [List], limit: Int) throws(ClientError) {
    self.lists = lists
    guard lists.allSatisfy({ !$0.values.isEmpty }) else {
      throw ClientError("There is nothing to submit: a list of inputs is empty.")
    }
    var count = 1
    for list in lists where !list.isLinked {
      let (product, hasOverflown) = count.multipliedReportingOverflow(by: list.values.count)
      guard !hasOverflown, product <= limit else {
        throw ClientError("The inputs combine to more than \(limit) jobs.", advice: "Submit them in several parts.")
      }
      count = product
    }
    self.count = count
  }

  /// The inputs of one combination, one of each list.
  subscript(number: Int) -> [String] {
    var rest = number
    var inputs: [String] = []
    inputs.reserveCapacity(lists.count)
    for list in lists.reversed() {
      if list.isLinked {
        inputs.append(list.values[number % list.values.count])
      } else {
        inputs.append(list.values[rest % list.values.count])
        rest /= list.values.count
      }
    }
    inputs.reverse()
    return inputs
  }
}

import Persistent

/// How fast a vertex is among its like: what the policy `variation` goes by.
///
/// - Source: Fluxion's variation-aware policy and its property `perf_class`.
enum PerformanceClass {
  static let property = "perf_class"
  /// Of vertices without the property, or with another value than 0 to 9999.
  static let unknown = 9_999
}

extension ResourceGraph {
  func performanceClass(of number: UInt32) -> Int {
    guard let property = properties[number]?.first(where: { $0.key == PerformanceClass.property }),
      let value = Int(property.value), (0...PerformanceClass.unknown).contains(value)
    else { return PerformanceClass.unknown }
    return value
  }
}

extension SortedMap where Value == Int {
  /// Changes a count; one that comes to nothing leaves the map.
  ///
  /// - Returns: what it comes to.
  @inlinable
  @discardableResult
  public mutating func adjust(_ key: Key, by change: Int) -> Int {
    let count = Swift.max(0, (self[key] ?? 0) + change)
    self[key] = count > 0 ? count : nil
    return count
  }
}

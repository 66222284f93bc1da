/// What a search sees of a graph: as it is now, at some time to come, or with nothing held.
protocol Availability {
  var graph: ResourceGraph { get }
  /// Nothing closes the vertex itself, nor holds it whole.
  func isOpen(_ number: UInt32) -> Bool
  /// Nothing of it is held, so that it can be taken with all it holds.
  func isWhollyFree(_ number: UInt32) -> Bool
  /// Thousandths of a pool; zero when it is not open.
  func free(_ number: UInt32) -> Int64
  /// Thousandths of a type beneath a vertex; at least what there is.
  func free(beneath number: UInt32, _ type: UInt16) -> Int64
  /// The first child at or after a place that may have what is needed, or before it when descending.
  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int?
  mutating func take(_ grant: Grant)
  /// Gives back the last one.
  mutating func untake(_ grant: Grant)
}

import ResourceGraph

/// Collects what is wrong with a document, up to the limit.
struct FaultList {
  private(set) var faults: [FormatFault] = []

  var isEmpty: Bool { faults.isEmpty }
  var isFull: Bool { faults.count >= FormatLimits.maximumFaults }

  /// Pointer and message are only built when they are kept.
  mutating func report(_ pointer: @autoclosure () -> String, _ message: @autoclosure () -> String) {
    guard !isFull else { return }
    faults.append(FormatFault(pointer: pointer(), message: message()))
  }

  mutating func add(_ other: FaultList) {
    for fault in other.faults { report(fault.pointer, fault.message) }
  }

  func throwIfAny() throws(FormatError) {
    if !faults.isEmpty { throw .invalid(faults) }
  }

  /// RFC 6901: `~` is `~0` and `/` is `~1`; cut, because a fault is no way to send a body back.
  static func escaped(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars.prefix(GraphLimits.maximumNameBytes) {
      switch scalar {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

import Glibc
import ResourceFormats

extension ResourceQuery {
  /// Writes a picture of the graph as it is now.
  func picture(_ form: String, _ path: String) throws(QueryFault) -> [String] {
    let picture = GraphPicture(graph)
    let draw: (@escaping ([UInt8]) -> Void) -> Void
    switch form {
    case "svg": draw = { picture.svg($0) }
    case "dot": draw = { picture.dot($0) }
    case "tree": draw = { picture.tree($0) }
    default: throw QueryFault("a picture is svg, dot or tree, not \(form)")
    }
    if path == "-" {
      draw { Console.bytes($0, to: STDOUT_FILENO) }
      return []
    }
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.fault(path, errno) }
    defer { close(descriptor) }
    var failure: CInt = 0
    draw { bytes in
      var rest = bytes[...]
      while !rest.isEmpty, failure == 0 {
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { failure = errno }
      }
    }
    guard failure == 0 else { throw Self.fault(path, failure) }
    return ["drawn into \(path)"]
  }

  private static func fault(_ path: String, _ number: CInt) -> QueryFault {
    let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    return QueryFault("\(path) cannot be written: \(reason)")
  }
}

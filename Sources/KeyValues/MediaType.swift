public import Vocabulary

/// What kind of bytes a value is; kept, never interpreted.
///
/// A million entries have a handful of types, so the common ones take no memory of their own.
public struct MediaType: Hashable, Sendable, ExpressibleByStringLiteral {
  private enum Kind: Hashable, Sendable {
    case octetStream, json, text, textUTF8
    indirect case other(String)
  }

  private let kind: Kind

  public static let octetStream = MediaType(kind: .octetStream)
  public static let json = MediaType(kind: .json)

  private init(kind: Kind) { self.kind = kind }

  public init(_ text: String) {
    kind =
      switch text {
      case "application/octet-stream": .octetStream
      case "application/json": .json
      case "text/plain": .text
      case "text/plain; charset=utf-8": .textUTF8
      default: .other(text)
      }
  }

  public init(stringLiteral text: String) { self.init(text) }

  public var text: String {
    switch kind {
    case .octetStream: "application/octet-stream"
    case .json: "application/json"
    case .text: "text/plain"
    case .textUTF8: "text/plain; charset=utf-8"
    case .other(let text): text
    }
  }

  public func pack(into writer: inout PackedWriter) {
    switch kind {
    case .octetStream: writer.write(UInt8(1))
    case .json: writer.write(UInt8(2))
    case .text: writer.write(UInt8(3))
    case .textUTF8: writer.write(UInt8(4))
    case .other(let text):
      writer.write(UInt8(0))
      writer.write(text)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 0: self.init(try reader.readString())
    case 1: self.init(kind: .octetStream)
    case 2: self.init(kind: .json)
    case 3: self.init(kind: .text)
    case 4: self.init(kind: .textUTF8)
    default: throw .invalid("media type", offset: reader.offset - 1)
    }
  }
}

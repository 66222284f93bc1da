import FoundationEssentials
import GRDB
import Vocabulary

/// A value of the database that is not of the type that was written: the page was damaged.
struct DamagedValue: Error {
  let column: Int
}

/// Columns as what they must be. GRDB's own accessors trap on another type, and damage must not.
extension Row {
  func integer(_ column: Int) throws -> Int64 {
    guard case .int64(let value) = (self[column] as DatabaseValue).storage else {
      throw DamagedValue(column: column)
    }
    return value
  }

  func unsigned(_ column: Int) throws -> UInt64 { UInt64(bitPattern: try integer(column)) }

  func narrow<Number: FixedWidthInteger>(_ column: Int) throws -> Number {
    guard let value = Number(exactly: try integer(column)) else { throw DamagedValue(column: column) }
    return value
  }

  func bytes(_ column: Int) throws -> [UInt8] {
    switch (self[column] as DatabaseValue).storage {
    case .blob(let data): return [UInt8](data)
    // What SQLite says of a blob without bytes.
    case .null: return []
    default: throw DamagedValue(column: column)
    }
  }

  func digest(_ column: Int) throws -> Digest {
    guard let digest = Digest(bytes: try bytes(column)) else { throw DamagedValue(column: column) }
    return digest
  }

  func text(_ column: Int) throws -> String {
    guard case .string(let value) = (self[column] as DatabaseValue).storage else {
      throw DamagedValue(column: column)
    }
    return value
  }
}

extension Digest {
  var data: Data { Data(bytes) }
}

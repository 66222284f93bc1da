public import Vocabulary

extension ResourceSet {
  /// Writes R as one JSON object.
  ///
  /// - Parameter scheduling: the value of that member, a complete JSON value; `nil`: none.
  public func append(to writer: inout JSONWriter, scheduling: [UInt8]? = nil) {
    writer.object { writer in
      writer.field("version", 1)
      writer.object("execution") { writer in
        writer.array("R_lite") { writer in
          for entry in entries { Self.append(entry, to: &writer) }
        }
        writer.array("nodelist") { if !nodelist.isEmpty { $0.value(nodelist.description) } }
        if let slotCount { writer.field("nslots", slotCount) }
        if !properties.isEmpty { writer.object("properties") { appendProperties(to: &$0) } }
        writer.name("starttime")
        Self.append(starttime, to: &writer)
        writer.name("expiration")
        Self.append(expiration, to: &writer)
      }
      if let scheduling { writer.field("scheduling", raw: scheduling) }
    }
  }

  public func json() -> [UInt8] {
    var writer = JSONWriter()
    append(to: &writer)
    return writer.take()
  }

  private static func append(_ entry: Entry, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("rank", entry.ranks.description)
      writer.object("children") { writer in
        for children in entry.children {
          writer.name(escaping: children.type)
          writer.value(children.ids.description)
        }
      }
    }
  }

  private func appendProperties(to writer: inout JSONWriter) {
    for property in properties {
      writer.name(escaping: property.name)
      writer.value(property.ranks.description)
    }
  }

  /// Whole seconds are written without a point, as Flux does.
  private static func append(_ seconds: Double?, to writer: inout JSONWriter) {
    let seconds = seconds ?? 0
    if let whole = Int64(exactly: seconds) { writer.value(whole) } else { writer.value(seconds) }
  }
}

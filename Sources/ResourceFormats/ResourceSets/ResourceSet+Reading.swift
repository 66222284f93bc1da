import ResourceGraph
public import Vocabulary

extension ResourceSet {
  /// Reads R version 1; `scheduling` is for `GraphDocument(resourceSet:)`.
  ///
  /// Sets and lists are bounded before any is spelt out.
  /// - Throws: `invalid`.
  public init(_ value: JSONValue) throws(FormatError) {
    var reader = ResourceSetReader()
    let set = reader.read(value)
    try reader.faults.throwIfAny()
    guard let set else { preconditionFailure("a reader gave no value and no fault") }
    self = set
  }
}

/// Walks R and collects what is wrong with it.
struct ResourceSetReader {
  /// Seconds up to the year 9999, as timestamps are written.
  private static let maximumTime = 253_402_300_799.0

  private(set) var faults = FaultList()

  mutating func read(_ value: JSONValue) -> ResourceSet? {
    guard case .object(let document) = value else { return refuse("", "must be an object") }
    switch document["version"] {
    case .integer(1): break
    case nil: faults.report("/version", "is required")
    default: faults.report("/version", "must be 1")
    }
    guard let execution = document["execution"] else { return refuse("/execution", "is required") }
    guard case .object(let execution) = execution else { return refuse("/execution", "must be an object") }
    let entries = readEntries(execution["R_lite"])
    let nodelist = readNodelist(execution["nodelist"])
    let starttime = readTime(execution["starttime"], "/execution/starttime")
    let expiration = readTime(execution["expiration"], "/execution/expiration")
    if let starttime, let expiration, expiration <= starttime {
      faults.report("/execution/expiration", "must be later than the start time")
    }
    let slots = readSlots(execution["nslots"])
    guard let entries, let nodelist else { return nil }
    let ranks = ResourceSet.union(entries.map(\.ranks)[...])
    if ranks.count != nodelist.count {
      faults.report("/execution/nodelist", "must name \(ranks.count) hosts, one for each rank, not \(nodelist.count)")
    }
    let properties = readProperties(execution["properties"], ranks)
    guard faults.isEmpty else { return nil }
    return ResourceSet(
      entries: entries, nodelist: nodelist, properties: properties, slotCount: slots, starttime: starttime,
      expiration: expiration)
  }

  private mutating func refuse<Value>(_ pointer: String, _ message: String) -> Value? {
    faults.report(pointer, message)
    return nil
  }

  // MARK: Ranks

  private mutating func readEntries(_ value: JSONValue?) -> [ResourceSet.Entry]? {
    let pointer = "/execution/R_lite"
    guard let value else { return refuse(pointer, "is required") }
    guard case .array(let elements) = value else { return refuse(pointer, "must be an array") }
    guard elements.count <= FormatLimits.maximumRanks else {
      return refuse(pointer, "must have at most \(FormatLimits.maximumRanks) entries")
    }
    let before = faults.faults.count
    var entries: [ResourceSet.Entry] = []
    var vertices = 0
    for (index, element) in elements.enumerated() where !faults.isFull {
      guard let entry = readEntry(element, "\(pointer)/\(index)") else { continue }
      entries.append(entry)
      let each = 1 + entry.children.reduce(0) { $0 + $1.ids.count }
      let (product, overflows) = entry.ranks.count.multipliedReportingOverflow(by: each)
      vertices += overflows ? 0 : min(product, ResourceGraph.maximumVertices + 1)
      guard !overflows, vertices <= ResourceGraph.maximumVertices else {
        return refuse("\(pointer)/\(index)", "makes more than \(ResourceGraph.maximumVertices) vertices")
      }
    }
    checkOverlap(entries, pointer)
    return faults.faults.count == before ? entries : nil
  }

  private mutating func checkOverlap(_ entries: [ResourceSet.Entry], _ pointer: String) {
    let runs = entries.enumerated().flatMap { index, entry in entry.ranks.ranges.map { (range: $0, index: index) } }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (a, b) in zip(runs, runs.dropFirst()) where b.range.lowerBound <= a.range.upperBound {
      faults.report(
        "\(pointer)/\(max(a.index, b.index))/rank", "has rank \(b.range.lowerBound) in common with another entry")
    }
  }

  private mutating func readEntry(_ value: JSONValue, _ pointer: String) -> ResourceSet.Entry? {
    guard case .object(let entry) = value else { return refuse(pointer, "must be an object") }
    let ranks = readIdset(entry["rank"], pointer + "/rank", limit: ResourceGraph.maximumVertices)
    guard let value = entry["children"] else { return refuse(pointer + "/children", "is required") }
    guard case .object(let object) = value else { return refuse(pointer + "/children", "must be an object") }
    var children: [ResourceSet.Children] = []
    for member in object.members {
      let pointer = "\(pointer)/children/\(FaultList.escaped(member.name))"
      guard GraphWords.isType(member.name.utf8), member.name != ResourceGraph.hostType else {
        faults.report(pointer, GraphWords.typeRule)
        continue
      }
      guard let ids = readIdset(member.value, pointer, limit: GraphLimits.maximumID) else { continue }
      if !ids.isEmpty { children.append(ResourceSet.Children(type: member.name, ids: ids)) }
    }
    guard let ranks else { return nil }
    guard !ranks.isEmpty else { return refuse(pointer + "/rank", "must name at least one rank") }
    return ResourceSet.Entry(ranks: ranks, children: children)
  }

  private mutating func readIdset(_ value: JSONValue?, _ pointer: String, limit: Int) -> Idset? {
    guard let value else { return refuse(pointer, "is required") }
    guard case .string(let text) = value, let ids = try? Idset(parsing: text), (ids.last ?? 0) <= limit else {
      return refuse(pointer, "must be ascending ids up to \(limit) as a string, such as \"0-3,7\"")
    }
    return ids
  }

  // MARK: Hosts

  private mutating func readNodelist(_ value: JSONValue?) -> Hostlist? {
    let pointer = "/execution/nodelist"
    guard let value else { return refuse(pointer, "is required") }
    guard case .array(let elements) = value else { return refuse(pointer, "must be an array of host lists") }
    var texts: [String] = []
    for (index, element) in elements.enumerated() where !faults.isFull {
      guard case .string(let text) = element, !text.isEmpty, (try? Hostlist(parsing: text)) != nil else {
        faults.report("\(pointer)/\(index)", "must be host names, such as \"node[0-3]\"")
        continue
      }
      texts.append(text)
    }
    guard texts.count == elements.count else { return nil }
    guard let list = try? Hostlist(parsing: texts.joined(separator: ",")) else {
      return refuse(pointer, "must name at most \(Hostlist.maximumCount) hosts")
    }
    return list
  }

  private mutating func readProperties(_ value: JSONValue?, _ ranks: Idset) -> [ResourceSet.RankedProperty] {
    guard let value else { return [] }
    let pointer = "/execution/properties"
    guard case .object(let object) = value else {
      faults.report(pointer, "must be an object")
      return []
    }
    if object.count > GraphLimits.maximumProperties {
      faults.report(pointer, "must be at most \(GraphLimits.maximumProperties)")
      return []
    }
    var pairs = 0
    return object.members.compactMap { member in
      let pointer = "\(pointer)/\(FaultList.escaped(member.name))"
      let (key, value) = ResourceSet.parts(ofProperty: member.name)
      if let message = FormatWords.fault(ofPropertyKey: key) ?? FormatWords.fault(ofPropertyValue: value) {
        return refuse(pointer, message)
      }
      guard let set = readIdset(member.value, pointer, limit: ResourceGraph.maximumVertices) else { return nil }
      guard set.isSubset(of: ranks) else { return refuse(pointer, "must be of ranks that R_lite has") }
      // Hosts that differ are spelt out with all their properties.
      pairs += set.count
      guard pairs <= ResourceGraph.maximumVertices else { return refuse(pointer, "are too many for so many ranks") }
      return ResourceSet.RankedProperty(name: member.name, ranks: set)
    }
  }

  // MARK: Numbers

  private mutating func readTime(_ value: JSONValue?, _ pointer: String) -> Double? {
    guard let value else { return nil }
    guard let seconds = value.number, seconds >= 0, seconds <= Self.maximumTime else {
      return refuse(pointer, "must be seconds since 1970, or 0 for none")
    }
    return seconds == 0 ? nil : seconds
  }

  private mutating func readSlots(_ value: JSONValue?) -> Int? {
    guard let value else { return nil }
    guard let count = value.integer, count > 0, count <= Int64(ResourceGraph.maximumVertices) else {
      return refuse("/execution/nslots", "must be a whole number from 1 to \(ResourceGraph.maximumVertices)")
    }
    return Int(count)
  }
}

extension ResourceSet {
  /// A property's key and value; RFC 20 knows words only, Fluxion writes a value behind `=`.
  static func parts(ofProperty name: String) -> (key: String, value: String) {
    guard let sign = name.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (name, "") }
    return (String(name[..<sign]), String(name[name.utf8.index(after: sign)...]))
  }
}

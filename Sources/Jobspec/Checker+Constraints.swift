import Vocabulary

/// Readers of constraints (RFC 31).
extension Checker {
  mutating func constraint(_ value: JSONValue) -> Constraint? {
    var terms = 0
    return constraint(value, depth: 1, &terms)
  }

  private mutating func constraint(_ value: JSONValue, depth: Int, _ terms: inout Int) -> Constraint? {
    guard let object = object(value) else { return nil }
    guard depth <= JobspecLimits.maximumConstraintDepth else {
      report("must be nested at most \(JobspecLimits.maximumConstraintDepth) deep")
      return nil
    }
    guard let member = object.members.first else { return .and([]) }
    guard object.count == 1 else {
      report("must have one operator, not \(object.count)")
      return nil
    }
    guard Constraint.operators.contains(member.name) else {
      reportUnknown(member.name, allowed: Constraint.operators)
      return nil
    }
    return within(member.name) { checker in
      guard let values = checker.operands(member.value, &terms) else { return nil }
      switch member.name {
      case "properties": return checker.properties(values).map { .properties($0) }
      case "hostlist": return checker.hosts(values).map { .hostlist(HostnameSet($0)) }
      case "ranks": return checker.ranks(values).map { .ranks($0) }
      case "not": return checker.constraints(values, depth: depth + 1, &terms).map { .not($0) }
      case "and": return checker.constraints(values, depth: depth + 1, &terms).map { .and($0) }
      default: return checker.constraints(values, depth: depth + 1, &terms).map { .or($0) }
      }
    }
  }

  /// The values of an operator, unless there are too many in the whole constraint.
  private mutating func operands(_ value: JSONValue, _ terms: inout Int) -> [JSONValue]? {
    guard let values = array(value) else { return nil }
    terms += 1 + values.count
    guard terms <= JobspecLimits.maximumConstraintTerms else {
      report("makes more than the \(JobspecLimits.maximumConstraintTerms) terms that are allowed in all")
      return nil
    }
    return values
  }

  private mutating func constraints(_ values: [JSONValue], depth: Int, _ terms: inout Int) -> [Constraint]? {
    var constraints: [Constraint] = []
    for (index, value) in values.enumerated() {
      let constraint = within(index) { $0.constraint(value, depth: depth, &terms) }
      if let constraint { constraints.append(constraint) }
    }
    return constraints.count == values.count ? constraints : nil
  }

  private mutating func properties(_ values: [JSONValue]) -> [PropertyTerm]? {
    var terms: [PropertyTerm] = []
    for (index, value) in values.enumerated() {
      within(index) { checker in
        guard let text = checker.string(value) else { return }
        if let term = PropertyTerm(text) { terms.append(term) } else { checker.report(PropertyTerm.rule) }
      }
    }
    return terms.count == values.count ? terms : nil
  }

  private mutating func hosts(_ values: [JSONValue]) -> Hostlist? {
    let faultsBefore = faults.count
    var hosts = Hostlist()
    for (index, value) in values.enumerated() {
      within(index) { checker in
        guard let text = checker.string(value) else { return }
        do throws(Hostlist.ParsingError) {
          try hosts.append(contentsOf: Hostlist(parsing: text))
        } catch {
          checker.report("must be a host list such as \"node[0-9]\" (\(error))")
        }
      }
    }
    return faults.count == faultsBefore && !isFull ? hosts : nil
  }

  private mutating func ranks(_ values: [JSONValue]) -> Idset? {
    let faultsBefore = faults.count
    var ranks = Idset()
    for (index, value) in values.enumerated() {
      within(index) { checker in
        guard let text = checker.string(value) else { return }
        if let set = try? Idset(parsing: text) {
          ranks.formUnion(set)
        } else {
          checker.report("must be a set of ranks such as \"0-3,8\"")
        }
      }
    }
    return faults.count == faultsBefore && !isFull ? ranks : nil
  }
}

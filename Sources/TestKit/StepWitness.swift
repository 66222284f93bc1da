import BrokerCore
import Jobs
import Jobspec
import ResourceGraph
import Vocabulary

/// Jobs within jobs, from records alone: a step has of its job's resources what no other step of it has, and no job
/// gives back anything while a step of it is there.
struct StepWitness {
  /// The job around each step that is not over.
  private var enclosing: [JobID: JobID] = [:]
  private var active: [JobID: Set<JobID>] = [:]
  private var grants: [JobID: [Grant]] = [:]
  /// Steps ever submitted.
  private(set) var count = 0

  func isStep(_ id: JobID) -> Bool { enclosing[id] != nil }
  /// Jobs around it.
  func depth(of id: JobID) -> Int { enclosing[id].map { 1 + depth(of: $0) } ?? 0 }
  func grants(of id: JobID) -> [Grant]? { grants[id] }

  /// - Parameters:
  ///   - jobs: as they are before the record.
  ///   - ledger: the same of what is held.
  /// - Returns: what is wrong with the record.
  mutating func note(_ record: Record, _ jobs: [JobID: JobWitness], _ ledger: AllocationLedger) -> String? {
    switch record.body {
    case .jobSubmitted(let submission):
      guard let around = submission.within else { return nil }
      guard jobs[around]?.state == .run, held(by: around, ledger) != nil else {
        return "\(submission.id.f58) is a step of a job that does not run"
      }
      count += 1
      enclosing[submission.id] = around
      active[around, default: []].insert(submission.id)
    case .jobHappened(let id, let event):
      switch event {
      case .alloc(let allocation): return take(allocation.grants, for: id, ledger)
      case .release:
        grants[id] = nil
        if let left = active[id], !left.isEmpty { return "\(id.f58) gives back what \(left.count) steps run on" }
      case .resize(let allocation):
        let held = (active[id] ?? []).flatMap { grants[$0] ?? [] }
        guard let layout = ledger.layout else { return nil }
        return fault(held, on: allocation.grants, layout).map { "\(id.f58) was resized: \($0)" }
      case .clean:
        if let around = enclosing.removeValue(forKey: id) { active[around]?.remove(id) }
      default: break
      }
    default: break
    }
    return nil
  }

  private mutating func take(_ wanted: [Grant], for id: JobID, _ ledger: AllocationLedger) -> String? {
    guard let around = enclosing[id] else { return nil }
    guard let whole = held(by: around, ledger), let layout = ledger.layout else {
      return "\(id.f58) was given something of a job that holds nothing"
    }
    if grants[id] != nil { return "\(id.f58) was given resources twice" }
    let held = (active[around] ?? []).flatMap { grants[$0] ?? [] }
    if let fault = fault(held + wanted, on: whole, layout) { return "\(id.f58): \(fault)" }
    grants[id] = wanted
    return nil
  }

  private func held(by id: JobID, _ ledger: AllocationLedger) -> [Grant]? { grants[id] ?? ledger.grants(of: id) }

  /// Whether all of these fit side by side on what one job holds.
  private func fault(_ parts: [Grant], on whole: [Grant], _ layout: InventoryLayout) -> String? {
    var left: [VertexID: Int64] = [:]
    for grant in whole { left[grant.vertex] = grant.amount.thousandths }
    // Who has a node has it alone.
    var alone: Set<Int> = []
    var shared: Set<Int> = []
    for part in parts {
      guard let place = layout.place(of: part.vertex) else { return "a vertex that is none" }
      let node = layout.node(place.rank)
      if place.kind == .node {
        guard left[node] != nil, alone.insert(place.rank).inserted else { return "node \(place.rank) is not its own" }
        continue
      }
      shared.insert(place.rank)
      let size = left[part.vertex] ?? (left[node] == nil ? 0 : layout.size(of: place).thousandths)
      guard size >= part.amount.thousandths else {
        return "vertex \(part.vertex.rawValue) is given twice, or not at all"
      }
      left[part.vertex] = size - part.amount.thousandths
    }
    return alone.isDisjoint(with: shared) ? nil : "others are on a node that is given whole"
  }
}

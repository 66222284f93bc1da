public import Vocabulary
import Jobs
import KeyValues
import Persistent
import ResourceGraph
import Scheduling

/// The state as a sequence of chunks, for a file that is written while the broker goes on.
///
/// What can be derived is not written: queues, indexes, counts and the ledger are folded again from the jobs.
extension BrokerState {
  ///
  /// 1: chunks after the head hold jobs, and nothing says so. 2: each begins with its kind, and the head ends
  /// with topics.
  /// 3: the graph has its own chunks, and the head ends with what is held apart from jobs, which ended jobs others
  /// still wait to hear of, and which results of waitable jobs nobody collected.
  /// 4: what is reserved apart from jobs follows what is held, a queue has a match policy, and what jobs gave back may
  /// still be looked after.
  /// 5: the head ends with the kept answers that are results of waitable jobs.
  static let snapshotVersion: UInt8 = 5
  /// Jobs in one chunk: a few hundred KiB at most times.
  static let jobsPerChunk = 4_096

  /// - Parameter emit: takes the next chunk; what it throws ends the writing.
  public func packSnapshot<E: Error>(_ emit: ([UInt8]) throws(E) -> Void) throws(E) {
    try emit(packHead())
    try graph?.packSnapshot { (chunk) throws(E) in try emit([SnapshotChunk.graph.rawValue] + chunk) }
    var principals = PrincipalTable()
    var writer = PackedWriter(reservingCapacity: 1 << 20)
    var pending: [Job] = []
    func flush() throws(E) {
      writer.removeAll()
      writer.write(SnapshotChunk.jobs.rawValue)
      principals.packNew(among: pending, into: &writer)
      writer.writeList(pending) { writer, job in
        writer.write(UInt64(principals.index(of: job.owner)))
        job.pack(into: &writer)
      }
      pending.removeAll(keepingCapacity: true)
      try emit(writer.bytes)
    }
    for entry in jobs {
      pending.append(entry.value)
      if pending.count == Self.jobsPerChunk { try flush() }
    }
    if !pending.isEmpty { try flush() }
    try keyValues.packSnapshot(emit)
  }

  private func packHead() -> [UInt8] {
    var writer = PackedWriter(reservingCapacity: 1 << 16)
    writer.write(Self.snapshotVersion)
    writer.write(epoch)
    writer.write(nextSeq)
    writer.write(lastJobID)
    writer.writeOptional(inventory) { $1.pack(into: &$0) }
    writer.writeList(Array(jobspecs.values)) { $1.spec.pack(into: &$0) }
    writer.writeList(Array(users.values)) { $1.pack(into: &$0) }
    writer.writeList(Array(tokens.values)) { $1.pack(into: &$0) }
    let (submissions, results) = keptAnswers
    writer.writeList(submissions) { $1.pack(into: &$0) }
    writer.writeList(Array(operations.values)) { $1.pack(into: &$0) }
    writer.writeOptional(shepherd) { $0.writeFixed($1) }
    writer.write(isShepherdKnown)
    writer.writeList(Array(endedCounts)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value)
    }
    packTopics(into: &writer)
    packHoldings(into: &writer)
    writer.writeList(Array(dependencies.ended)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value.rawValue)
    }
    writer.writeList(Array(waitables.results.values)) { $1.pack(into: &$0) }
    writer.writeList(results) { $1.pack(into: &$0) }
    return writer.bytes
  }

  private var keptAnswers: (submissions: [KeptAnswer], results: [KeptAnswer]) {
    let all = Array(answers.values)
    return (all.filter { !$0.holdsResult }, all.filter(\.holdsResult))
  }

  /// - Parameter next: the chunks in the order in which they were written; `nil` at the end.
  public init(
    unpackingSnapshot next: () throws(PackedError) -> [UInt8]?
  ) throws(PackedError) {
    guard let head = try next() else { throw .truncated(offset: 0) }
    let version = head.first ?? 0
    guard (1...Self.snapshotVersion).contains(version) else { throw .invalid("snapshot version", offset: 0) }
    try self.init(unpackingHead: head)
    var principals: [Principal] = []
    var namespaces = NamespaceReading()
    var restorer = GraphRestorer()
    while let chunk = try next() {
      var reader = PackedReader(chunk)
      let kind = version == 1 ? SnapshotChunk.jobs : SnapshotChunk(rawValue: try reader.readByte())
      guard let kind else { throw .invalid("kind of chunk", offset: 0) }
      if kind == .graph {
        try restorer.add(Array(chunk.dropFirst()))
        continue
      }
      if restorer.hasBegun {
        try define(try restorer.finish())
        restorer = GraphRestorer()
      }
      guard kind == .jobs else {
        try namespaces.take(kind, &reader, chunk, into: &keyValues)
        continue
      }
      principals += try reader.readList { (reader) throws(PackedError) in try Principal(unpacking: &reader) }
      for _ in 0..<(try reader.readUInt64()) {
        let index = try reader.readUInt64()
        guard index < UInt64(principals.count) else { throw .invalid("owner of a job", offset: reader.offset) }
        try restoreJob(ownedBy: principals[Int(index)], from: &reader)
      }
      guard reader.isAtEnd else { throw .invalid("bytes after the last job", offset: reader.offset) }
    }
    if restorer.hasBegun { try define(try restorer.finish()) }
    try namespaces.finish(into: &keyValues)
  }

  /// Takes in the graph of a snapshot, and what is held of it apart from jobs.
  private mutating func define(_ restored: ResourceGraph) throws(PackedError) {
    emptyGraph = restored.opened
    graph = restored
    for held in allocations.values { try restore(held.allocation) }
    for held in housekeeping.values { try restore(held.allocation) }
  }

  private mutating func restore(_ allocation: Allocation) throws(PackedError) {
    guard graph?.fits(allocation.grants) ?? false else { throw .invalid("what is held apart from jobs", offset: 0) }
    graph?.take(allocation.grants)
  }

  private init(unpackingHead head: [UInt8]) throws(PackedError) {
    var reader = PackedReader(head)
    let version = try reader.readByte()
    self.init(epoch: try reader.readUInt32())
    nextSeq = try reader.readUInt64()
    lastJobID = try reader.readJobID()
    if let inventory = try reader.readOptional({ (reader) throws(PackedError) in
      try ResourceInventory(unpacking: &reader)
    }) {
      guard inventory.isWithinLimit else { throw .invalid("inventory", offset: reader.offset) }
      // Before version 3 the graph followed from it.
      if version < 3 { define(inventory, origin: 0) } else { self.inventory = inventory }
    }
    for spec in try reader.readList({ (reader) throws(PackedError) in try StoredJobspec(unpacking: &reader) }) {
      jobspecs[spec.digest] = JobspecUse(spec: spec, count: 0)
    }
    for user in try reader.readList({ (reader) throws(PackedError) in try Principal(unpacking: &reader) }) {
      users[user.name] = user
    }
    for token in try reader.readList({ (reader) throws(PackedError) in try Token(unpacking: &reader) }) {
      tokens[token.digest] = token
      tokenDigests[token.id] = token.digest
    }
    try keepAnswers(holdingResults: false, from: &reader)
    for operation in try reader.readList({ (reader) throws(PackedError) in try Operation(unpacking: &reader) }) {
      operations[operation.id] = operation
    }
    shepherd = try reader.readOptional { (reader) throws(PackedError) in try reader.readFixed() }
    isShepherdKnown = try reader.readBool()
    for _ in 0..<(try reader.readUInt64()) {
      let result = try reader.readByte()
      endedCounts[result] = try reader.readUInt64()
    }
    if version >= 2 { try unpackTopics(from: &reader) }
    if version >= 3 { try unpackHoldings(from: &reader, version: version) }
    if version >= 3 {
      for _ in 0..<(try reader.readUInt64()) {
        dependencies.restore(try reader.readJobID(), JobFate(rawValue: try reader.readByte()))
      }
      for result in try reader.readList({ (reader) throws(PackedError) in try WaitResult(unpacking: &reader) }) {
        waitables.restore(result)
      }
    }
    if version >= 5 { try keepAnswers(holdingResults: true, from: &reader) }
    latelyEnded = LatelyEnded(since: nextSeq)
    guard reader.isAtEnd else { throw .invalid("bytes after the head", offset: reader.offset) }
  }

  private mutating func keepAnswers(
    holdingResults: Bool, from reader: inout PackedReader
  ) throws(PackedError) {
    for answer in try reader.readList({ (reader) throws(PackedError) in
      try KeptAnswer(unpacking: &reader, holdsResult: holdingResults)
    }) {
      keep(answer)
    }
  }

  func packHoldings(into writer: inout PackedWriter) {
    writer.writeOptional(description) { $1.pack(into: &$0) }
    writer.write(graphOrigin)
    writer.writeList(Array(departures)) { $1.pack(into: &$0) }
    writer.writeList(Array(allocations.values)) { $1.pack(into: &$0) }
    writer.writeList(Array(reservations.values)) { $1.pack(into: &$0) }
    writer.writeList(Array(queues.values)) { $1.pack(into: &$0) }
    writer.writeList(Array(maintenance.values)) { $1.pack(into: &$0) }
    writer.write(preemption.rawValue)
    programs.pack(into: &writer)
    writer.writeList(Array(housekeeping.values)) { $1.pack(into: &$0) }
    writer.write(purgedCount)
  }

  private mutating func unpackHoldings(from reader: inout PackedReader, version: UInt8) throws(PackedError) {
    description = try reader.readOptional { (reader) throws(PackedError) in try GraphDocument(unpacking: &reader) }
    graphOrigin = try reader.readUInt64()
    for vertex in try reader.readList({ (reader) throws(PackedError) in try VertexID(unpacking: &reader) }) {
      departures.insert(vertex)
    }
    for held in try reader.readList({ (reader) throws(PackedError) in try HeldAllocation(unpacking: &reader) }) {
      allocations[held.id] = held
    }
    if version >= 4 {
      for reservation in try reader.readList({ (reader) throws(PackedError) in try Reservation(unpacking: &reader) }) {
        reservations[reservation.id] = reservation
      }
    }
    let hasMatchPolicy = version >= 4
    for rules in try reader.readList({ (reader) throws(PackedError) in
      try QueueRules(unpacking: &reader, hasMatchPolicy: hasMatchPolicy)
    }) {
      queues[rules.name] = rules
    }
    for window in try reader.readList({ (reader) throws(PackedError) in try MaintenanceWindow(unpacking: &reader) }) {
      maintenance[window.name] = window
    }
    guard maintenance.count <= SchedulingLimits.maintenanceWindows,
      let policy = PreemptionPolicy(rawValue: try reader.readByte())
    else {
      throw .invalid("maintenance or preemption", offset: reader.offset)
    }
    preemption = policy
    guard version >= 4 else { return }
    programs = try SitePrograms(unpacking: &reader)
    for held in try reader.readList({ (reader) throws(PackedError) in try Housekeeping(unpacking: &reader) }) {
      housekeeping[held.attempt] = held
    }
    purgedCount = try reader.readUInt64()
  }

  private mutating func restoreJob(
    ownedBy owner: Principal, from reader: inout PackedReader
  ) throws(PackedError) {
    var peek = reader
    _ = try peek.readJobID()
    guard let spec = useJobspec(try peek.readDigest()) else {
      throw .invalid("jobspec of a job", offset: reader.offset)
    }
    let job = try Job(unpacking: &reader, owner: owner, spec: spec)
    if let enclosing = job.within, graph == nil || jobs[enclosing]?.phase.isExecuting != true {
      throw .invalid("job around \(job.id.f58)", offset: reader.offset)
    }
    insert(job)
    guard job.phase.isExecuting else { return }
    beginExecuting(job)
    guard let grants = job.allocation?.grants else { return }
    let isFree = job.within.map { enclosures[$0]?.confinement.accepts(grants) ?? false } ?? graph?.fits(grants)
    guard isFree ?? false else { throw .invalid("resources of \(job.id.f58)", offset: reader.offset) }
    take(grants, for: job)
  }
}

/// Owners in the order in which chunks first name them.
private struct PrincipalTable {
  private var indexes: [Principal: Int] = [:]

  mutating func packNew(among jobs: [Job], into writer: inout PackedWriter) {
    var added: [Principal] = []
    for job in jobs where indexes[job.owner] == nil {
      indexes[job.owner] = indexes.count
      added.append(job.owner)
    }
    writer.writeList(added) { $1.pack(into: &$0) }
  }

  func index(of principal: Principal) -> Int { indexes[principal] ?? 0 }
}

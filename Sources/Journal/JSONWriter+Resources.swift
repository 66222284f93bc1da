import BrokerCore
import Jobs
import ResourceGraph
import Scheduling
import Vocabulary

/// The members that state everything about what there is, who holds it apart from jobs, and who may run.
extension JSONWriter {
  mutating func resourceFields(of body: RecordBody) {
    switch body {
    case .graphChanged(let changes): list("changes", changes) { json, change in json.object { $0.fields(of: change) } }
    case .removalsAwaited(let vertices): list("vertices", vertices) { $0.value(UInt64($1.rawValue)) }
    case .allocated(let held):
      field("id", held.id)
      object("principal") { $0.fields(of: held.owner) }
      field("at", held.at)
      field("note", held.note)
      fields(of: held.allocation)
    case .reserved(let reservation): fields(of: reservation)
    case .deallocated(let id): field("id", id)
    case .resourcesDescribed(let document): fields(of: document)
    case .jobsPurged(let ids): list("jobs", ids) { $0.value($1) }
    case .programsDefined(let programs): fields(of: programs)
    case .housekeepingBegun(let held):
      attempt("attempt", held.attempt)
      object("principal") { $0.fields(of: held.owner) }
      object("program") { $0.fields(of: held.program) }
      fields(of: held.allocation)
    case .housekeepingEnded(let id, let status):
      attempt("attempt", id)
      field("status", Int64(status))
    case .queueDefined(let rules): fields(of: rules)
    case .maintenanceDefined(let window): fields(of: window)
    case .queueRemoved(let name), .maintenanceRemoved(let name): field("name", name)
    case .preemptionSet(let policy): field("enabled", policy == .on)
    default: keyValueFields(of: body)
    }
  }

  private mutating func fields(of reservation: Reservation) {
    field("id", reservation.id)
    object("principal") { $0.fields(of: reservation.owner) }
    field("at", reservation.at)
    field("note", reservation.note)
    field("start", reservation.promise.start)
    if let duration = reservation.promise.duration { field("duration_us", duration.microseconds) }
    fields(of: reservation.promise.grants)
  }

  mutating func fields(of program: SiteProgram) {
    list("command", program.command) { $0.value($1) }
    field("timeout_us", program.timeout.microseconds)
  }

  private mutating func fields(of programs: SitePrograms) {
    if let program = programs.prolog { object("prolog") { $0.fields(of: program) } }
    if let program = programs.epilog { object("epilog") { $0.fields(of: program) } }
    if let program = programs.housekeeping { object("housekeeping") { $0.fields(of: program) } }
  }
}

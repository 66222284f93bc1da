import Jobs
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("A job's life")
struct JobTests {
  static let cancel = JobEvent.exception(JobException(type: "cancel", severity: 0, note: "", userID: 1))
  static let remark = JobEvent.exception(JobException(type: "lost", severity: 1, note: "", userID: nil))
  static let alloc = JobEvent.alloc(
    Allocation(grants: [Grant(vertex: VertexID(2), amount: .one)], expiration: nil))
  static let requeue = JobEvent.requeue(reason: "lost", priority: 16)

  static func finish(_ status: Int32) -> JobEvent {
    .finish(AttemptOutcome(waitStatus: status, cpuTime: .zero, peakMemoryKiB: 0))
  }

  /// Each event one second and one place after the other.
  static func job(_ events: [JobEvent]) -> Job {
    let spec = Samples.jobspec(["/bin/true"])
    let submission = Submission(
      id: JobID(1_024), owner: Samples.user(1), spec: spec.digest, urgency: 16, priority: 16, flags: [])
    var job = Job(submission, spec: spec, at: Timestamp(microseconds: 0), seq: 1)
    var seq: UInt64 = 5
    for (index, event) in events.enumerated() {
      job.fold(
        JobHappening(seq: seq, at: Timestamp(microseconds: Int64(index + 1) * 1_000_000), event: event))
      seq += event.width
    }
    return job
  }

  @Test(
    "Each event leads from its phase to the next",
    arguments: [
      ([], JobPhase.waiting, JobState.sched), ([alloc], .allocated, .run), ([alloc, .start], .running, .run),
      ([cancel], .released, .cleanup), ([alloc, cancel], .stopping, .cleanup),
      ([alloc, .start, cancel], .stopping, .cleanup), ([alloc, .start, remark], .running, .run),
      ([alloc, .start, finish(0)], .finished, .cleanup),
      ([alloc, .start, finish(0), .release], .released, .cleanup),
      ([alloc, .start, finish(0), .release, .clean], .ended, .inactive),
      ([cancel, .clean], .ended, .inactive),
      ([alloc, .start, remark, finish(9), .release, requeue], .waiting, .sched),
      ([.urgency(0, priority: 0, userID: 1)], .waiting, .sched),
    ] as [([JobEvent], JobPhase, JobState)])
  func transitions(events: [JobEvent], phase: JobPhase, state: JobState) {
    let job = Self.job(events)
    #expect(job.phase == phase)
    #expect(job.state == state)
    #expect(job.eventlog.last?.state == state, "the eventlog tells the same")
  }

  @Test("The first fatal exception names the result, else the exit status does")
  func results() {
    func ended(_ events: [JobEvent]) -> JobResult? { Self.job(events + [.release, .clean]).result }
    func fatal(_ type: String) -> JobEvent {
      .exception(JobException(type: type, severity: 0, note: "", userID: nil))
    }
    #expect(ended([Self.alloc, .start, Self.finish(0)]) == .completed)
    #expect(ended([Self.alloc, .start, Self.finish(256)]) == .failed)
    #expect(ended([Self.alloc, .start, Self.finish(9)]) == .failed)
    #expect(ended([Self.alloc, .start, Self.cancel, Self.finish(0)]) == .canceled)
    #expect(ended([Self.alloc, .start, fatal("timeout"), Self.finish(15)]) == .timeout)
    #expect(ended([Self.alloc, fatal("exec"), Self.finish(0)]) == .failed)
    #expect(ended([Self.alloc, .start, Self.cancel, fatal("timeout"), Self.finish(0)]) == .canceled)
    #expect(Self.job([Self.cancel, .clean]).result == .canceled)
    #expect(Self.job([Self.alloc, .start, Self.finish(0)]).result == nil, "only an ended job has a result")
  }

  @Test("A normal run is told in the order of RFC 21, one place an entry")
  func eventlog() {
    let job = Self.job([Self.alloc, .start, Self.finish(0), .release, .clean])
    let names = [
      "submit", "validate", "depend", "priority", "alloc", "start", "finish", "release", "free", "clean",
    ]
    #expect(job.eventlog.map(\.name) == names)
    #expect(job.eventlog.map(\.seq) == Array(1...10))
  }

  @Test("A second attempt has its own times")
  func secondAttempt() {
    let lost: [JobEvent] = [Self.alloc, .start, Self.remark, Self.finish(9), .release, Self.requeue]
    #expect(Self.job(lost).attempt == 2)
    #expect(Self.job(lost).startedAt == nil)
    #expect(Self.job(lost + [Self.alloc]).startedAt == nil)
    #expect(Self.job(lost + [Self.alloc, .start]).startedAt == Timestamp(microseconds: 8_000_000))
    #expect(Self.job(lost).cleanupAt == nil)
  }

  @Test("CLEANUP is entered with the fatal exception, not with the end of the processes")
  func cleanup() {
    let job = Self.job([Self.alloc, .start, Self.cancel, Self.finish(15), .release, .clean])
    #expect(job.cleanupAt == Timestamp(microseconds: 3_000_000))
    #expect(job.endedAt == Timestamp(microseconds: 6_000_000))
  }

  @Test("A job comes back from its packed form")
  func packed() throws {
    let job = Self.job([Self.alloc, .start, Self.remark, Self.finish(9), .release, Self.requeue, Self.alloc])
    var writer = PackedWriter()
    job.pack(into: &writer)
    var reader = PackedReader(writer.bytes)
    let back = try Job(unpacking: &reader, owner: job.owner, spec: job.spec)
    #expect(back.eventlog == job.eventlog)
    #expect(back.phase == job.phase && back.attempt == 2 && back.submission.id == job.id)
  }

  @Test("Urgency 0 holds, 31 comes before everything, and what is between is the priority itself")
  func priorities() {
    #expect([0, 1, 16, 30, 31].map { JobPriority.initial(urgency: $0) } == [0, 1, 16, 30, .max])
  }

  @Test("The names and bits of states are Flux's")
  func states() {
    #expect(
      JobStates.active.rawValue == 62 && JobStates.pending.rawValue == 14 && JobStates.running.rawValue == 48)
    #expect(JobStates(name: "pending") == .pending && JobStates(name: "Run") == JobStates(.run))
    #expect(JobStates(name: "ENDED") == nil && JobResult(name: "timeout") == .timeout)
  }
}

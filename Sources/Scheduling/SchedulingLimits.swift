import Jobspec
public import Vocabulary

/// Bounds on the work of one cycle, and what is assumed about time.
public enum SchedulingLimits {
  /// Jobs looked at: at under half a microsecond each where nothing is searched, a cycle stays below 100 ms of them.
  public static let candidatesPerCycle = 200_000
  /// Reservations of all queues together; Fluxion's default for `hybrid` is 64.
  public static let reservationsPerCycle = 1_024
  /// Searches of the graph, at about 50 microseconds each on 1,024 hosts: those for what fits now, and those for a
  /// time to come.
  public static let searchesPerCycle = 65_536
  /// Moments tried for one reservation, so that one job cannot use up the cycle.
  public static let momentsPerReservation = 4_096
  /// Waiting jobs that a cycle gives an outlook of, the first in the order of the queue.
  public static let outlooksPerCycle = 1_024
  /// Jobs for which one cycle looks for others to end.
  public static let preemptingJobsPerCycle = 16
  /// Running jobs that may be chosen from: those of least priority, the youngest first.
  public static let victimsPerCycle = 4_096
  /// Each job's owner is told from those who may run by one bit a window.
  public static let maintenanceWindows = 64
  /// How long a job that should have ended is expected to go on: what the kill of its processes usually takes. Each
  /// cycle expects it anew.
  public static let overrunGrace = TimeSpan.seconds(30)
  /// A job without a time limit is expected to end after this long, so that what waits for it keeps its place: the
  /// longest that a jobspec may ask for.
  public static let horizon = TimeSpan.seconds(JobspecLimits.maximumDurationSeconds)
}

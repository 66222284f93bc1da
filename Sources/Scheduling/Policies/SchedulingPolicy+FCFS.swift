extension SchedulingPolicy {
  /// First come, first served: jobs start in the order of the queue, and one that does not fit holds back all behind
  /// it.
  public static let fcfs = SchedulingPolicy("fcfs", reservations: 0)
}

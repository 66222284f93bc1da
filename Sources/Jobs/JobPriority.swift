/// The priority that an urgency gives where no plugin decides.
/// - Source: Flux RFC 30: 0 holds, 31 expedites, anything between is the priority itself.
public enum JobPriority {
  public static let hold: UInt8 = 0
  public static let standard: UInt8 = 16
  public static let expedite: UInt8 = 31

  public static func initial(urgency: UInt8) -> UInt32 {
    switch urgency {
    case hold: 0
    case expedite...: UInt32.max
    default: UInt32(urgency)
    }
  }
}

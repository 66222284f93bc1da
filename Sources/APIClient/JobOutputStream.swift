/// One of a job's two output streams.
public enum JobOutputStream: String, Sendable, CaseIterable {
  case standardOutput = "stdout"
  case standardError = "stderr"
}

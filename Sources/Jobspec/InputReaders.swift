/// Which tasks get the input that is given to a running job.
public enum InputReaders: String, Hashable, Sendable, CaseIterable {
  case first = "0"
  case every = "all"
}

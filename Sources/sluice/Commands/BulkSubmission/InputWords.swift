import ArgumentParser

/// The words of a command line, taken apart at `:::` and its relatives.
struct InputWords: Equatable {
  enum Origin: Equatable {
    case words([String])
    /// `-` is the standard input.
    case file(String)
  }

  struct Source: Equatable {
    let origin: Origin
    var isLinked = false
  }

  private static let delimiters = [":::", ":::+", "::::", "::::+"]

  /// What is to run; `{}` where nothing was said.
  let command: [String]
  /// Never empty: where no source was named, the standard input is one.
  let sources: [Source]

  init(_ words: [String]) throws(ValidationError) {
    let isDelimiter = Self.delimiters.contains
    var rest = words[...]
    let command = Array(rest.prefix { !isDelimiter($0) })
    rest = rest.dropFirst(command.count)
    var sources: [Source] = []
    while let delimiter = rest.popFirst() {
      let values = Array(rest.prefix { !isDelimiter($0) })
      rest = rest.dropFirst(values.count)
      guard let first = values.first else { throw ValidationError("Nothing follows '\(delimiter)'.") }
      if delimiter.hasPrefix("::::"), values.count > 1 {
        throw ValidationError("One file follows '\(delimiter)'; write it again before '\(values[1])'.")
      }
      let origin = delimiter.hasPrefix("::::") ? Origin.file(first) : .words(values)
      sources.append(Source(origin: origin, isLinked: delimiter.hasSuffix("+")))
    }
    if sources.isEmpty { sources = [Source(origin: .file("-"))] }
    guard sources.contains(where: { !$0.isLinked }) else {
      throw ValidationError("Inputs after ':::+' go with others; for those of standard input write ':::: -' before it.")
    }
    guard sources.filter({ $0.origin == .file("-") }).count <= 1 else {
      throw ValidationError("Standard input can be read once.")
    }
    self.command = command.isEmpty ? ["{}"] : command
    self.sources = sources
  }
}

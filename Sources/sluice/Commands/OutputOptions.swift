import ArgumentParser

/// How output is shown; the same for every command that shows some.
struct OutputOptions: ParsableArguments {
  @Flag(name: [.customShort("l"), .customLong("label-io")], help: "Put the task's number before each line.")
  var labels = false
}

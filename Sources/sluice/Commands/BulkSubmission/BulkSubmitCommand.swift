import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct BulkSubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bulksubmit",
    abstract: "Queue one job for each input, or for each combination of several, and print their ids.",
    usage: "sluice bulksubmit [<options>] [<command> ...] [(::: <input> ... | :::: <file>) ...]",
    discussion: """
      Like xargs and GNU parallel, for jobs. Inputs come one a line from standard input, or stand on the command line \
      after ':::', or one a line in a file after '::::' (- is standard input). Several lists are combined, every input \
      of one with every input of the others, the last one changing fastest. A list after ':::+' or '::::+' is linked \
      instead: it gives one input to each combination, in turn, and begins again when it is used up.

      In the command, and in the texts of options, these places are filled for each job; without a command it is {}.
        {}       the input; with several lists {0}, {1}, …
        {.%}     the input without its extension, also {.}; {1.%} of list 1
        {./}     the input without its folder; {1./}, and so on
        {./%}    without folder and extension
        {.//}    the folder alone
        {seq}    the number of the combination, from 0 on; {seq1} from 1 on
        {cc}     the number of the copy, with --cc or --bcc
      Other braces stay as they are, and so does what stands in two: {{id}} is for the broker.

      The ids are printed in the order of the inputs. An input that makes no job is named on standard error, the \
      others are submitted all the same, and the exit code is 1. Otherwise it is as for 'sluice submit'.

      EXAMPLES
        sluice bulksubmit ./render '{}' ::: *.scene
        seq 100 | sluice bulksubmit --wait ./member '{}'
        sluice bulksubmit -n '{1}' --job-name='{0./%}' ./solve '{0}' \\
          ::: a.inp b.inp ::: 1 2 4
        sluice bulksubmit --dry-run cp '{0}' '{1}' :::: sources :::+ x y z
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "What stands between the inputs of a file, such as '\\0'; none means any blanks. Default: the end of a line.",
      valueName: "text"))
  var sep = "\\n"

  @Flag(help: "Submit in no particular order. Places and printed ids are as without it.")
  var shuffle = false

  @Flag(help: "Print what would be submitted, and submit nothing; with --json the lines that the broker would get.")
  var dryRun = false

  @OptionGroup(title: "Copies") var copies: CopyOptions

  @OptionGroup(title: "Afterwards") var followUp: FollowUpOptions

  @OptionGroup var shown: OutputOptions

  @OptionGroup(title: "The jobs") var options: SubmissionOptions

  /// As many jobs as the broker takes in one request.
  private static let largestCount = 1_000_000
  /// Bytes of a file of inputs, which is held as a whole.
  private static let largestFile = 1 << 30

  func validate() throws { _ = try template(InputWords(options.command)) }

  func run() throws {
    let words = try InputWords(options.command)
    let template = try template(words)
    let separator = InputSeparator(sep)
    let inputs = try InputCombinations(
      try words.sources.map { .init(values: try Self.values(of: $0.origin, separator), isLinked: $0.isLinked) },
      limit: Self.largestCount)
    var order = Array(0..<inputs.count)
    if shuffle { order.shuffle() }
    if dryRun { return try preview(template, inputs, order) }
    let submission = BulkSubmission(template, inputs, order: order)
    let count = submission.jobCount
    guard count <= Self.largestCount else {
      throw ClientError("These are \(count) jobs; \(Self.largestCount) go at one time.")
    }
    try followUp.checkWatch(count)
    try followUp.openLog()
    let client = try connection.client()
    let ensemble = Ensemble(client, progress: followUp.progressBar(count), showsSubmission: followUp.progress)
    // A request without any line would be refused as such.
    var first = submission.nextLine()
    if first != nil {
      try ensemble.submit(
        {
          defer { first = nil }
          return first ?? submission.nextLine()
        }, onResult: submission.take)
    }
    submission.finish()
    followUp.show(submission.idsInOrder)
    let code = try followUp.follow(ensemble, client, labels: shown.labels)
    guard let refusal = submission.firstRefusal else { throw ExitCode(code) }
    throw ClientError(
      "\(count - ensemble.ids.count) of \(count) jobs were not taken.", advice: refusal.advice)
  }

  private func template(_ words: InputWords) throws -> SubmissionTemplate {
    var options = options
    options.command = words.command
    return try SubmissionTemplate(
      options, copies: copies, inputCount: words.sources.count, environment: ProcessEnvironment.current,
      folder: ProcessEnvironment.folder)
  }

  private func preview(_ template: SubmissionTemplate, _ inputs: InputCombinations, _ order: [Int]) throws {
    // As many lines as are worth one call to the system.
    let portion = 1_000
    for start in stride(from: 0, to: order.count, by: portion) {
      Console.lines(
        try order[start..<min(start + portion, order.count)].map { number in
          followUp.json
            ? String(decoding: try template.line(inputs[number], number: number), as: UTF8.self)
            : "bulksubmit: submit " + template.summary(inputs[number], number: number)
        })
    }
  }

  private static func values(of origin: InputWords.Origin, _ separator: InputSeparator) throws -> [String] {
    switch origin {
    case .words(let words): return words
    case .file(let path):
      if path == "-", isatty(STDIN_FILENO) == 1 { Console.note("Type the inputs, one a line, and Ctrl-D at the end.") }
      let bytes = try ByteSource(path: path).allBytes(upTo: largestFile)
      return try separator.inputs(in: bytes, of: path == "-" ? "Standard input" : path)
    }
  }
}

import ArgumentParser
import Vocabulary

/// What `bulksubmit` submits: the options of a submission, with places for inputs in their texts.
struct SubmissionTemplate {
  /// A text that is another one for other inputs, and where it goes.
  private struct Place {
    /// As it was typed, before the text: `-n`, `--queue=`; empty in the command.
    let option: String
    let template: InputTemplate
    let put: (String, inout SubmissionOptions) -> Void
  }

  private let options: SubmissionOptions
  private var places: [Place] = []
  private let inputCount: Int
  private let copies: CopyOptions
  private let copySet: InputTemplate?
  private let folder: String?
  /// `"env":{…}`, where it is the same for all.
  private var environmentText: [UInt8]?
  private let environment: [String: String]

  init(
    _ options: SubmissionOptions, copies: CopyOptions, inputCount: Int, environment: [String: String], folder: String?
  ) throws {
    self.options = options
    self.copies = copies
    self.inputCount = inputCount
    self.environment = environment
    self.folder = folder
    copySet = try copies.set.map { text throws(ValidationError) in
      try InputTemplate(text, inputCount: inputCount, hasCopies: true)
    }
    try collectPlaces()
    if !places.contains(where: { $0.option == Self.environmentOption }) {
      environmentText = try environmentMember(options)
    }
    // What is wrong for all is wrong at once.
    if !places.contains(where: { !$0.option.isEmpty }) { _ = try options.request(folder: folder) }
    if copySet?.isVariable != true { _ = try copies.count }
  }

  // MARK: Places

  private static let environmentOption = "--env="

  private mutating func collectPlaces() throws {
    for (index, text) in options.command.enumerated() {
      try add("", text) { $1.command[index] = $0 }
    }
    try add("-n", \.resources.taskCount)
    try add("-N", \.resources.nodeCount)
    try add("-c", \.resources.coresPerTask)
    try add("-g", \.resources.gpusPerTask)
    try add("--memory=", \.resources.memory)
    try add("--shape=", \.resources.shape)
    try add("--requires=", \.resources.requires)
    try add("-t", \.timeLimit)
    try add("--job-name=", \.jobName)
    try add("-q", \.queue)
    try add("--within=", \.within)
    try add("--urgency=", \.urgency)
    try add("--dependency=", \.dependency)
    try add("--begin-time=", \.beginTime)
    try add("--cwd=", \.cwd)
    try add(Self.environmentOption, \.env)
    try add("--input=", \.input)
    try add("--output=", \.output)
    try add("--error=", \.error)
    try add("--setattr=", \.setattr)
    try add("-o", \.setopt)
    try add("--rlimit=", \.rlimit)
    try add("--taskmap=", \.taskmap)
    try add("--signal=", \.signal)
    try add("--add-file=", \.addFile)
    try add("--flags=", \.flags)
    try add("--retry-on=", \.retryOn)
    try add("--retry-backoff=", \.retryBackoff)
  }

  private mutating func add(
    _ option: String, _ text: String, _ put: @escaping (String, inout SubmissionOptions) -> Void
  ) throws(ValidationError) {
    let template = try InputTemplate(text, inputCount: inputCount, hasCopies: copies.set != nil)
    // A text without a place may yet have lost its {cc}.
    guard template.parts != [.text(text)], !text.isEmpty else { return }
    places.append(Place(option: option, template: template, put: put))
  }

  private mutating func add(_ option: String, _ path: WritableKeyPath<SubmissionOptions, String?>) throws {
    guard let text = options[keyPath: path] else { return }
    try add(option, text) { $1[keyPath: path] = $0 }
  }

  private mutating func add(_ option: String, _ path: WritableKeyPath<SubmissionOptions, Count?>) throws {
    guard let count = options[keyPath: path] else { return }
    try add(option, count.text) { $1[keyPath: path] = Count(text: $0) }
  }

  private mutating func add(_ option: String, _ path: WritableKeyPath<SubmissionOptions, [String]>) throws {
    for (index, text) in options[keyPath: path].enumerated() {
      try add(option, text) { $1[keyPath: path][index] = $0 }
    }
  }

  // MARK: Submissions

  /// One line of a bulk submission: JSON text without a line's end.
  ///
  /// - Throws: what these inputs make of an option, where that is none.
  func line(_ inputs: [String], number: Int) throws -> [UInt8] {
    let filled = filled(inputs, number)
    var body = try filled.request(folder: folder)
    if let set = copySet?.text(inputs, number: number) { try copies.put(set, into: &body) }
    var bytes: [UInt8] = []
    body.appendJSON(to: &bytes)
    bytes.removeLast()
    bytes.append(UInt8(ascii: ","))
    bytes += try environmentText ?? environmentMember(filled)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// How many jobs these inputs make.
  func jobCount(_ inputs: [String], number: Int) throws -> Int {
    try copySet.map { try CopyOptions.count(of: $0.text(inputs, number: number)) } ?? 1
  }

  /// Whether all inputs make equally many jobs.
  var hasFixedCount: Bool { copySet?.isVariable != true }

  /// What would be submitted, as a person would type it: the options that inputs change, and the command.
  func summary(_ inputs: [String], number: Int) -> String {
    var words: [String] = []
    for place in places where !place.option.isEmpty {
      words.append(place.option + ShellQuoting.quoted(place.template.text(inputs, number: number)))
    }
    if let set = copySet?.text(inputs, number: number) { words.append("\(copies.option)=\(ShellQuoting.quoted(set))") }
    return (words + filled(inputs, number).command.map(ShellQuoting.quoted)).joined(separator: " ")
  }

  private func filled(_ inputs: [String], _ number: Int) -> SubmissionOptions {
    var filled = options
    for place in places { place.put(place.template.text(inputs, number: number), &filled) }
    return filled
  }

  private func environmentMember(_ options: SubmissionOptions) throws -> [UInt8] {
    var bytes = Array("\"env\":".utf8)
    try options.variables(of: environment).appendJSON(to: &bytes)
    return bytes
  }
}

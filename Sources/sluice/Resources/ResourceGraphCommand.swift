import APIClient
import ArgumentParser
import Glibc

struct ResourceGraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Print the resource graph.",
    discussion: "jgf is for Fluxion and other programs; tree is for reading, svg and dot are pictures.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jgf, tree, svg, dot

    var mediaType: String {
      switch self {
      case .jgf: "application/json"
      case .tree: "text/plain"
      case .svg: "image/svg+xml"
      case .dot: "text/vnd.graphviz"
      }
    }
  }

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(help: ArgumentHelp("jgf, tree, svg or dot.", valueName: "format"))
  var format = Format.jgf

  @Option(help: ArgumentHelp("Only this vertex and what it holds.", valueName: "path"))
  var root: String?

  @Option(help: ArgumentHelp("How many levels beneath it.", valueName: "levels"))
  var depth: Int?

  @Option(help: ArgumentHelp("Only hosts that meet a query.", valueName: "query"))
  var include: String?

  @Option(help: ArgumentHelp("As it was at this position of the log.", valueName: "position"))
  var at: String?

  func run() throws {
    let query = [("root", root), ("depth", depth.map(String.init)), ("q", include), ("at", at)]
    let text = try connection.client().graph(
      query.compactMap { name, value in value.map { (name, $0) } }, as: format.mediaType)
    Console.bytes(text, to: STDOUT_FILENO)
    if text.last != UInt8(ascii: "\n") { Console.line() }
  }
}

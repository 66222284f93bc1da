import ResourceFormats
import ResourceGraph
import Testing

@Suite("Large graphs", .serialized)
struct JGFSpeedTests {
  #if DEBUG
    private static let nodes = 400
  #else
    private static let nodes = 4_000
  #endif

  @Test("160,000 vertices, a tenth without optimization, are written, read and compressed into one node fragment")
  func large() throws {
    let document = GraphDocument(fragments: [Samples.cluster(nodes: Self.nodes, coresPerSocket: 16)])
    let clock = ContinuousClock()
    var text: [UInt8] = []
    let writing = clock.measure { text = document.jgf() }
    var read = GraphDocument(fragments: [])
    let reading = try clock.measure { read = try JGFText.read(text) }
    #expect(read == document)
    #expect(read.fragments.first?.children.first?.count == Self.nodes)
    print(
      "JGF of \(1 + Self.nodes * 39) vertices, \(text.count / 1_000_000) MB: written in \(writing), read in \(reading)")
  }

  @Test("A graph of unlike vertices is read in bounded time too")
  func unlike() throws {
    let nodes = (0..<20_000).map { Fragment(type: "node", size: Samples.units(Int64($0 + 1))) }
    let document = GraphDocument(fragments: [Fragment(type: "cluster", children: nodes)])
    let text = document.jgf()
    var read = GraphDocument(fragments: [])
    let reading = try ContinuousClock().measure { read = try JGFText.read(text) }
    #expect(read == document)
    print("JGF of 20,000 unlike nodes: \(reading)")
  }
}

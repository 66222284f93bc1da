import ResourceFormats
import ResourceGraph
import Vocabulary

/// Texts and fragments that several suites read.
enum Samples {
  /// A rack of two equal nodes in Fluxion's full form, as its `tiny.json` is written.
  static func rack(_ edit: (String) -> String = { $0 }) -> [UInt8] {
    Array(edit(rackText).utf8)
  }

  static let rackText = """
    {"graph": {"nodes": [
      {"id": "0", "metadata": {"type": "cluster", "basename": "tiny", "name": "tiny0", "id": 0, "uniq_id": 0,
        "rank": -1, "exclusive": false, "unit": "", "size": 1, "paths": {"containment": "/tiny0"}}},
      {"id": "1", "metadata": {"type": "rack", "basename": "rack", "name": "rack0", "id": 0, "uniq_id": 1,
        "rank": -1, "exclusive": false, "unit": "", "size": 1, "paths": {"containment": "/tiny0/rack0"}}},
      {"id": "2", "metadata": {"type": "node", "basename": "node", "name": "node0", "id": 0, "uniq_id": 2,
        "rank": 0, "exclusive": false, "unit": "", "size": 1, "paths": {"containment": "/tiny0/rack0/node0"}}},
      {"id": "3", "metadata": {"type": "node", "basename": "node", "name": "node1", "id": 1, "uniq_id": 3,
        "rank": 1, "exclusive": false, "unit": "", "size": 1, "paths": {"containment": "/tiny0/rack0/node1"}}},
      {"id": "4", "metadata": {"type": "memory", "basename": "memory", "name": "memory0", "id": 0, "uniq_id": 4,
        "rank": -1, "exclusive": false, "unit": "GB", "size": 2,
        "paths": {"containment": "/tiny0/rack0/node0/memory0"}}},
      {"id": "5", "metadata": {"type": "memory", "basename": "memory", "name": "memory0", "id": 0, "uniq_id": 5,
        "rank": -1, "exclusive": false, "unit": "GB", "size": 2,
        "paths": {"containment": "/tiny0/rack0/node1/memory0"}}}
    ], "edges": [
      {"source": "0", "target": "1", "metadata": {"subsystem": "containment"}},
      {"source": "1", "target": "2", "metadata": {"subsystem": "containment"}},
      {"source": "1", "target": "3", "metadata": {"subsystem": "containment"}},
      {"source": "2", "target": "4", "metadata": {"subsystem": "containment"}},
      {"source": "3", "target": "5", "metadata": {"subsystem": "containment"}}
    ]}}
    """

  static func units(_ count: Int64) -> Amount { Amount(thousandths: count * 1_000) }

  /// Equal nodes of two sockets with cores, gpus and memory.
  static func cluster(nodes: Int, coresPerSocket: Int) -> Fragment {
    Fragment(
      type: "cluster",
      children: [
        Fragment(
          type: "node", count: nodes,
          children: [
            Fragment(
              type: "socket", count: 2,
              children: [
                Fragment(type: "core", count: coresPerSocket), Fragment(type: "gpu"),
                Fragment(type: "memory", size: units(65_536), unit: "MiB"),
              ])
          ])
      ])
  }

  /// The faults of a document that must be refused as invalid.
  static func faults(_ body: () throws(FormatError) -> Void) -> [FormatFault] {
    do throws(FormatError) { try body() } catch {
      if case .invalid(let faults) = error { return faults }
    }
    return []
  }

  static func isMalformed(_ body: () throws(FormatError) -> Void) -> Bool {
    do throws(FormatError) { try body() } catch {
      if case .malformed = error { return true }
    }
    return false
  }
}

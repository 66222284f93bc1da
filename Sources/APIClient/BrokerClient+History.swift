import HTTPCalling
public import Vocabulary

extension BrokerClient {
  /// Jobs with what they used, newest first, one after another as they come.
  ///
  /// - Parameters:
  ///   - filter: query items of the API.
  ///   - onJob: members in the order of the export's columns, numbers as numbers; returns whether to go on.
  /// - Throws: also when the export is incomplete.
  public func history(
    _ filter: [(String, String)], onJob: @escaping (JSONObject) -> Bool
  ) throws(ClientError) {
    var rows = CSVRows()
    var names: [String] = []
    var last: String?
    var hasEnough = false
    try export(filter) { bytes in
      for row in rows.take(bytes) where !hasEnough {
        if names.isEmpty {
          names = row
        } else if row.count == names.count {
          hasEnough = !onJob(Self.object(names, row))
        } else {
          last = row.joined(separator: ",")
        }
      }
      return !hasEnough
    }
    if let last { throw ClientError(last.hasPrefix("# ") ? String(last.dropFirst(2)) : last) }
  }

  /// The export as it comes.
  public func export(
    _ filter: [(String, String)], onBytes: @escaping (Span<UInt8>) -> Bool
  ) throws(ClientError) {
    let call = prepared("GET", "/v1/jobs", query: filter + [("format", "csv")], accept: "text/csv")
    let answer: HTTPAnswer
    do throws(HTTPCallError) {
      answer = try http.stream(call, onBytes: onBytes)
    } catch {
      throw ClientError(error, calling: endpoint.name)
    }
    guard answer.isSuccess else { throw problem(of: answer) }
  }

  /// Of columns whose texts are numbers.
  private static let numeric: Set = [
    "exit_code", "signal", "attempts", "elapsed_s", "ntasks", "nodes", "cores", "gpus", "node_hours", "core_hours",
    "gpu_hours", "cpu_s", "peak_memory_kib",
  ]

  private static func object(_ names: [String], _ row: [String]) -> JSONObject {
    JSONObject(
      uniqueMembers: zip(names, row).map { name, text in
        guard !text.isEmpty else { return .init(name: name, value: .null) }
        guard numeric.contains(name) else { return .init(name: name, value: .string(text)) }
        let number = Int64(text).map { JSONValue.integer($0) } ?? Double(text).map { .real($0) }
        return .init(name: name, value: number ?? .string(text))
      })
  }
}

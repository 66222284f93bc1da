import HTTPCalling

extension BrokerClient {
  /// What `stream` holds from `offset` on, as much as one answer carries.
  public func output(
    _ id: String, _ stream: JobOutputStream, from offset: Int = 0
  ) throws(ClientError) -> JobOutput {
    let answer = try fetch(
      "/v1/jobs/\(Self.segment(id))/output",
      query: [("stream", stream.rawValue), ("offset", String(offset))],
      accept: "application/octet-stream")
    return JobOutput(
      bytes: answer.body,
      nextOffset: answer.header("Sluice-Next-Offset").flatMap { Int($0) } ?? offset + answer.body.count,
      isComplete: answer.header("Sluice-Output-Complete")?.lowercased() == "true")
  }
}

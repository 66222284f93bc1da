public import BrokerCore
public import Jobs
public import Jobspec
public import ResourceGraph
public import Vocabulary

/// Small valid things for tests.
public enum Samples {
  /// A jobspec from the short fields of a submission.
  public static func jobspec(
    _ command: [String] = ["true"], nodes: Int? = nil, tasks: Int? = nil, cores: Int = 1, gpus: Int = 0,
    memoryMebibytes: Int? = nil, exclusive: Bool = false, timeLimit: Int? = nil, attempts: Int? = nil,
    mockMilliseconds: Int? = nil, name: String? = nil, dependencies: [String] = [],
    retry: String? = nil, backoff: Int? = nil, taskmap: JSONObject? = nil
  ) -> StoredJobspec {
    var fields = JSONObject()
    fields["command"] = .array(command.map { .string($0) })
    if let nodes { fields["nnodes"] = .integer(Int64(nodes)) }
    if let tasks { fields["ntasks"] = .integer(Int64(tasks)) }
    fields["cores_per_task"] = .integer(Int64(cores))
    if gpus > 0 { fields["gpus_per_task"] = .integer(Int64(gpus)) }
    if let memoryMebibytes { fields["memory"] = .string("\(memoryMebibytes)MiB") }
    if exclusive { fields["exclusive"] = .bool(true) }
    if let timeLimit { fields["time_limit"] = .integer(Int64(timeLimit)) }
    if let attempts { fields["max_attempts"] = .integer(Int64(attempts)) }
    if let name { fields["name"] = .string(name) }
    if !dependencies.isEmpty { fields["dependencies"] = .array(dependencies.map { .string($0) }) }
    if let retry {
      let reasons = retry.split(separator: ",").map { JSONValue.string(String($0)) }
      fields["retry"] = .object(["on": .array(reasons), "backoff": .integer(Int64(backoff ?? 0))])
    }
    if let mockMilliseconds {
      let test: JSONObject = ["run_duration": .real(Double(mockMilliseconds) / 1_000)]
      fields["attributes"] = .object(["system": .object(["exec": .object(["test": .object(test)])])])
    }
    if let taskmap {
      let options: JSONObject = ["options": .object(["taskmap": .object(taskmap)])]
      fields["attributes"] = .object(["system": .object(["shell": .object(options)])])
    }
    do {
      let jobspec = try SubmissionRequest.parse(.object(fields)).jobspec
      return StoredJobspec(digest: digest(of: jobspec), jobspec: jobspec)
    } catch {
      preconditionFailure("a sample is valid: \(error)")
    }
  }

  /// Not SHA-256, but as good for telling samples apart.
  public static func digest(of jobspec: Jobspec) -> Digest {
    var writer = PackedWriter()
    jobspec.pack(into: &writer)
    var hash = TraceHash()
    hash.combine(writer.bytes)
    return digest(hash.value)
  }

  public static func digest(_ number: UInt64) -> Digest {
    var random = SeededRandom(seed: number)
    return Digest(random.next(), random.next(), random.next(), random.next())
  }

  public static func user(_ number: Int) -> Principal {
    Principal(name: "user\(number)", userID: UInt32(1_000 + number), tenant: "")
  }

  public static let owner = Principal(name: "flux", userID: 500, tenant: "")

  public static func attribution(_ principal: Principal, request: String = "") -> Attribution {
    Attribution(
      principal: principal, role: principal == owner ? .owner : .user, tokenID: "", requestID: request)
  }

  /// Equal nodes whose cores have cpus 0, 1, …
  public static func inventory(nodes: Int, cores: Int, gpus: Int = 0, memoryMebibytes: Int = 0)
    -> ResourceInventory
  {
    ResourceInventory(
      nodes: (0..<nodes).map { rank in
        NodeDescription(
          hostname: "node\(rank)", cores: (0..<cores).map { CoreDescription(cpus: [$0]) }, gpuCount: gpus,
          memoryBytes: Int64(memoryMebibytes) << 20)
      })
  }
}

import Glibc

/// The names under which this broker is reached.
enum HostNames {
  static var own: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func all(_ settings: BrokerSettings) -> Set<String> {
    var names: Set<String> = ["localhost", "127.0.0.1", "::1", own.lowercased()]
    names.formUnion(settings.hosts.map { $0.lowercased() })
    if settings.address != "0.0.0.0", settings.address != "::" { names.insert(settings.address.lowercased()) }
    return names
  }
}

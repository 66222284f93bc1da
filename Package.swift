// swift-tools-version: 6.2
import PackageDescription

/// Settings shared by every target: Swift 6 mode, warnings are errors, every unsafe construct says so.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
]
/// Tests may trap on what they expect.
let houseTests: [SwiftSetting] = Array(house.dropLast())

/// What `make build` asks for: Swift's libraries are in the program, so that it starts in two thirds of the time and runs
/// where there is no Swift. Programs of tests cannot be linked so. The libraries named are what Foundation's archives
/// need and do not name.
let standalone: [LinkerSetting] =
  Context.environment["SLUICE_STANDALONE"] == nil
  ? []
  : [
    .unsafeFlags([
      "-static-stdlib", "-use-ld=lld", "-l_FoundationCShims", "-l_FoundationCollections", "-lCoreFoundation",
      "-l_FoundationICU", "-Xlinker", "--gc-sections", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
      "-Xlinker", "--no-export-dynamic",
    ])
  ]

let package = Package(
  name: "sluice",
  products: [.executable(name: "sluice", targets: ["sluice"])],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // MARK: Ground

    // Words everyone shares: job ids, id sets, host lists, durations, amounts, times, JSON values.
    .target(name: "Vocabulary", swiftSettings: house),
    // Persistent ordered map and chunked array: cheap snapshots of large state.
    .target(name: "Persistent", swiftSettings: house),

    // MARK: Core

    // Parses and checks jobspecs: the canonical form, V1 and the short form of the API.
    .target(name: "Jobspec", dependencies: ["Vocabulary"], swiftSettings: house),
    // Vertices, what of them is taken, and who has it.
    .target(name: "ResourceGraph", dependencies: ["Vocabulary", "Persistent", "Jobspec"], swiftSettings: house),
    // JGF, recipes and R: how graphs are written down.
    .target(name: "ResourceFormats", dependencies: ["Vocabulary", "ResourceGraph"], swiftSettings: house),
    // One job's life: states, events, attempts.
    .target(name: "Jobs", dependencies: ["Vocabulary", "Jobspec", "ResourceGraph"], swiftSettings: house),
    // plan(problem) -> Plan, in time, by queue; a policy is one small file; forecasts.
    .target(
      name: "Scheduling", dependencies: ["Vocabulary", "Persistent", "Jobspec", "Jobs", "ResourceGraph"],
      swiftSettings: house),
    // Namespaces of hierarchical keys: a Merkle tree each, transactions, history, what changed.
    .target(name: "KeyValues", dependencies: ["Vocabulary", "Persistent"], swiftSettings: house),
    // Composes the rooms above: commands, records, decide, fold, effects, what is owed; declares the ports.
    .target(
      name: "BrokerCore",
      dependencies: ["Vocabulary", "Persistent", "Jobspec", "Jobs", "KeyValues", "ResourceGraph", "Scheduling"],
      swiftSettings: house),

    // MARK: Overlays

    // libmicrohttpd and GnuTLS, loaded when a server is made.
    .target(
      name: "CMicrohttpd", publicHeadersPath: "include", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CHwloc", pkgConfig: "hwloc", providers: [.apt(["libhwloc-dev"])]),
    // libcurl, loaded when a call needs it.
    .target(
      name: "CCurl", publicHeadersPath: "include", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    // Starts programs beside the caller: session, limits, affinity, cgroup; reports errno.
    .target(
      name: "CProcess", publicHeadersPath: "include", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    // HTTP/1.1 over TLS: the request guard, parked replies, streams, deadlines.
    .target(name: "HTTPServing", dependencies: ["CMicrohttpd"], swiftSettings: house),
    // JSON text to values, with limits checked on the raw bytes first.
    .target(name: "JSONText", dependencies: ["CJansson", "Vocabulary"], swiftSettings: house),
    // Digests, random bytes, and the minting of certificates.
    .target(name: "Cryptography", dependencies: ["COpenSSL", "Vocabulary"], swiftSettings: house),
    // Outgoing HTTPS calls.
    .target(name: "HTTPCalling", dependencies: ["CCurl"], swiftSettings: house),

    // MARK: Shell

    // Messages between jobs, in memory: who listens to which topic, who serves whose calls.
    .target(name: "Messaging", dependencies: ["Vocabulary", "Persistent"], swiftSettings: house),
    // The log, snapshots and the archive of ended jobs, in SQLite.
    .target(
      name: "Journal",
      dependencies: [
        "BrokerCore", "Vocabulary", "Persistent", "Jobs", "Jobspec", "KeyValues", "ResourceGraph", "Scheduling",
        "Cryptography",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: house),
    // The port to shepherds, the shepherd itself, mock execution, discovery of this host.
    .target(
      name: "Execution", dependencies: ["BrokerCore", "Vocabulary", "CProcess", "CHwloc"],
      swiftSettings: house),
    // The only loop: lanes, decide, fold, commit, effects, snapshots; the planning thread.
    .target(
      name: "Hosting",
      dependencies: [
        "BrokerCore", "Vocabulary", "Persistent", "Jobs", "Jobspec", "KeyValues", "Scheduling", "ResourceGraph",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: house),
    // Routes by resource, sign-in, streams, problem+json, OpenAPI.
    .target(
      name: "RESTAPI",
      dependencies: [
        "HTTPServing", "JSONText", "Cryptography", "Hosting", "BrokerCore", "Vocabulary", "Jobs", "Jobspec",
        "KeyValues", "Messaging", "ResourceGraph", "ResourceFormats", "Scheduling", "Persistent",
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: house),
    // What the command line calls.
    .target(
      name: "APIClient", dependencies: ["HTTPCalling", "JSONText", "Vocabulary"], swiftSettings: house),

    // MARK: Program

    .executableTarget(
      name: "sluice",
      dependencies: [
        "APIClient", "RESTAPI", "Hosting", "Journal", "Execution", "BrokerCore", "Vocabulary", "Cryptography",
        "HTTPServing", "JSONText", "Jobspec", "Jobs", "KeyValues", "Persistent", "ResourceGraph", "ResourceFormats",
        "Scheduling", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "TOMLKit", package: "TOMLKit"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: house, linkerSettings: standalone),

    // MARK: Tests

    // The simulated world: clock, journal, shepherd, clients, all from a seed.
    .target(
      name: "TestKit",
      dependencies: [
        "BrokerCore", "Vocabulary", "Persistent", "Jobs", "Jobspec", "KeyValues", "ResourceGraph", "Scheduling",
      ],
      swiftSettings: house),
    // Loopback servers that tests of clients talk to.
    .target(name: "TestServers", path: "Tests/TestServers", swiftSettings: houseTests),
    .testTarget(name: "VocabularyTests", dependencies: ["Vocabulary"], swiftSettings: houseTests),
    .testTarget(name: "PersistentTests", dependencies: ["Persistent"], swiftSettings: houseTests),
    .testTarget(
      name: "KeyValuesTests", dependencies: ["KeyValues", "Persistent", "Vocabulary"], swiftSettings: houseTests),
    .testTarget(name: "JobspecTests", dependencies: ["Jobspec", "JSONText", "Vocabulary"], swiftSettings: houseTests),
    .testTarget(
      name: "JobsTests", dependencies: ["Jobs", "Jobspec", "ResourceGraph", "TestKit", "Vocabulary"],
      swiftSettings: houseTests),
    .testTarget(
      name: "ResourceGraphTests", dependencies: ["ResourceGraph", "Jobspec", "TestKit", "Vocabulary"],
      swiftSettings: houseTests),
    .testTarget(
      name: "SchedulingTests",
      dependencies: ["Scheduling", "Jobs", "Jobspec", "Persistent", "ResourceGraph", "Vocabulary"],
      swiftSettings: houseTests),
    .testTarget(
      name: "ResourceFormatsTests", dependencies: ["ResourceFormats", "ResourceGraph", "Vocabulary"],
      swiftSettings: houseTests),
    .testTarget(
      name: "BrokerCoreTests",
      dependencies: [
        "BrokerCore", "Jobs", "Jobspec", "KeyValues", "Persistent", "ResourceGraph", "Scheduling", "TestKit",
        "Vocabulary",
      ], exclude: ["Scenarios"], swiftSettings: houseTests),
    .testTarget(
      name: "MessagingTests", dependencies: ["Messaging", "TestKit", "Vocabulary"], swiftSettings: houseTests),
    // It is compiled against what TestKit's world holds: built anew when that changes, not only when TestKit does.
    .testTarget(
      name: "SimulationTests", dependencies: ["TestKit", "BrokerCore", "Jobs", "KeyValues", "Scheduling"],
      swiftSettings: houseTests),
    .testTarget(name: "JSONTextTests", dependencies: ["JSONText", "Vocabulary"], swiftSettings: houseTests),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "Vocabulary"], swiftSettings: houseTests),
    .testTarget(name: "HTTPServingTests", dependencies: ["HTTPServing"], swiftSettings: houseTests),
    .testTarget(
      name: "HTTPCallingTests", dependencies: ["HTTPCalling", "Cryptography", "Vocabulary", "TestServers"],
      swiftSettings: houseTests),
    .testTarget(
      name: "APIClientTests", dependencies: ["APIClient", "Vocabulary", "TestServers"], swiftSettings: houseTests),
    .testTarget(
      name: "JournalTests",
      dependencies: [
        "Journal", "BrokerCore", "Jobs", "Jobspec", "Persistent", "ResourceGraph", "Vocabulary",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: houseTests),
    .testTarget(
      name: "ExecutionTests", dependencies: ["Execution", "BrokerCore", "Vocabulary"], swiftSettings: houseTests),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "sluice", "APIClient", "Vocabulary", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: houseTests),
    .testTarget(name: "TidyTests", swiftSettings: houseTests),
  ]
)

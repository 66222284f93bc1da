import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct CallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "Ask a service and print its answer.",
    discussion: """
      Exits with 0 after an answer, with 69 when nobody serves, and with 1 when the call failed or nobody answered \
      in time.

      EXAMPLES
        sluice call sum "1 2"
        sluice call --timeout=5s --wait=10s render - < scene.json
      """)

  /// `EX_UNAVAILABLE` of sysexits.h.
  private static let nobodyServes: Int32 = 69
  /// Between two looks for somebody who serves.
  private static let pauseMicroseconds: UInt32 = 200_000

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(help: ArgumentHelp("How long to wait for the answer, at most 60 s.", valueName: "time"))
  var timeout = "30s"

  @Option(help: ArgumentHelp("How long to wait for somebody who serves.", valueName: "time"))
  var wait = "0"

  @Option(help: ArgumentHelp("Whose service; for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @Argument(help: "The service.")
  var service: String

  @OptionGroup var payload: PayloadArgument

  func validate() throws {
    _ = try Self.seconds(timeout, "--timeout")
    _ = try Self.seconds(wait, "--wait")
  }

  static func seconds(_ text: String, _ name: String) throws -> Double {
    guard let span = try? TimeSpan(fsd: text), span != .unlimited else {
      throw ValidationError("\(name): '\(text)' is no time such as 5s or 1m.")
    }
    return span.seconds
  }

  func run() throws {
    let payload = try payload.read()
    let client = try connection.client()
    let begin = Clock.monotonicSeconds
    let (timeout, wait) = (try Self.seconds(timeout, "--timeout"), try Self.seconds(wait, "--wait"))
    while true {
      do throws(ClientError) {
        let answer = try client.callService(service, payload, timeout: timeout, user: user)
        return Console.bytes(answer.bytes, to: STDOUT_FILENO)
      } catch {
        switch error.problem?.code {
        case "nobody_serves":
          if Clock.monotonicSeconds - begin < wait {
            usleep(Self.pauseMicroseconds)
            continue
          }
          Console.note("nobody serves \(Terminal.harmless(service))")
          throw ExitCode(Self.nobodyServes)
        case "call_failed", "deadline":
          Console.note(Terminal.harmless(error.problem?.detail ?? error.message))
          throw ExitCode(1)
        default: throw error
        }
      }
    }
  }
}

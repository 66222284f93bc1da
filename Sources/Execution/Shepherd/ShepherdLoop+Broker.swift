import BrokerCore
import CProcess
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Connections that have not said hello; more of them are turned away.
  private static let strangerLimit = 8

  func acceptStranger() {
    do throws(SystemError) {
      let socket = try LocalSocket.accept(from: listener)
      guard sluice_peer_user(socket.number) == Int64(geteuid()), strangers.count < Self.strangerLimit else {
        return
      }
      strangers.append(FramedConnection(socket))
    } catch {
      guard error.isShortage, error.number != EAGAIN else { return }
      // Out of descriptors: the connection stays in the backlog; without a pause the loop would spin on it.
      isAcceptPaused = true
      timers.insert(.accept, at: MonotonicTime.now.advanced(by: .milliseconds(100)))
    }
  }

  /// Makes a stranger the broker if it says hello, and turns it away if it says anything else.
  func greet(_ stranger: FramedConnection) {
    let state = stranger.receive()
    do throws(ProtocolError) {
      guard let frame = try stranger.nextFrame() else {
        if state == .closed { forget(stranger) }
        return
      }
      guard case .hello(let version) = try BrokerMessage(frame: frame), version == wireVersion else {
        throw ProtocolError(reason: "no hello of version \(wireVersion)")
      }
    } catch {
      Self.log("turned a connection away: \(error.reason)")
      return forget(stranger)
    }
    forget(stranger)
    welcome(stranger)
  }

  private func forget(_ stranger: FramedConnection) { strangers.removeAll { $0 === stranger } }

  /// The new broker replaces the old one, and hears of everything that it has not acknowledged.
  private func welcome(_ connection: FramedConnection) {
    broker = connection
    outgoing = ByteWriter()
    ShepherdMessage.hello(version: wireVersion).write(to: &outgoing)
    let known = attempts.keys.sorted()
    ShepherdMessage.report(.joined(incarnation: incarnation, known: known)).write(to: &outgoing)
    for id in known {
      for report in attempts[id]?.owedReports ?? [] { report.write(to: &outgoing) }
    }
    takeOrders(from: connection)
  }

  func readOrders(_ connection: FramedConnection) {
    if connection.receive() == .closed { return dropBroker("it closed the connection") }
    takeOrders(from: connection)
  }

  private func takeOrders(from connection: FramedConnection) {
    do throws(ProtocolError) {
      while let frame = try connection.nextFrame() {
        switch try BrokerMessage(frame: frame) {
        case .hello: throw ProtocolError(reason: "a second hello")
        case .start(let order, let access): accept(order, access)
        case .order(let order): carryOut(order)
        case .input(let number, let piece): give(piece, number: number)
        case .retire(let endingAll): retire(endingAll: endingAll)
        }
      }
    } catch {
      dropBroker(error.reason)
    }
  }

  /// Reports are kept and repeated, so nothing is lost with a connection.
  private func dropBroker(_ reason: String) {
    Self.log("the broker is gone: \(reason)")
    broker = nil
    outgoing = ByteWriter()
  }

  /// Tells the broker, if there is one; `Attempt` keeps the report for the next.
  func send(_ report: ShepherdMessage) {
    if broker != nil { report.write(to: &outgoing) }
  }

  func flush() {
    guard let broker else { return }
    if !outgoing.bytes.isEmpty {
      broker.enqueue(outgoing.bytes)
      outgoing = ByteWriter()
    }
    if broker.hasUnsent, broker.flush() == .closed { return dropBroker("its connection broke") }
    if broker.unsentCount > WireLimits.unsentBytes { dropBroker("it does not read") }
  }

  // MARK: Retirement

  func retire(endingAll: Bool) {
    if endingAll {
      isRetiring = true
      for id in attempts.keys.sorted() { terminate(id, grace: .zero) }
    } else if attempts.isEmpty {
      isRetiring = true
    }
  }

  func retireIfDone() {
    guard attempts.values.allSatisfy({ $0.phase == .ended }) else { return }
    flush()
    cgroups?.remove()
    launcher.tokens.removeDirectory()
    launcher.directories.removeAll()
    unsafe unlink(configuration.socketPath)
    exit(0)
  }
}

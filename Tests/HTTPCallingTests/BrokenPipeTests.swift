import Glibc
import Testing

@testable import HTTPCalling

@Suite("Broken pipes")
struct BrokenPipeTests {
  @Test("Writing to a closed pipe is an error, not the end of the process; the mask is as before")
  func survival() {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    let previous = signal(SIGPIPE, SIG_DFL)
    defer { signal(SIGPIPE, previous) }
    for _ in 0..<2 {
      let code = BrokenPipe.withoutSignal { write(ends[1], [1], 1) == -1 ? errno : 0 }
      #expect(code == EPIPE)
    }
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    #expect(sigismember(&mask, SIGPIPE) == 0)
  }
}

import CProcess
import Glibc

/// A program that is on its way from its process's beginning to its own.
///
/// The process has its number already and is a child to be waited for, whatever becomes of it.
@safe final class Launch {
  let pid: pid_t
  private let handle: OpaquePointer

  /// - Parameter handle: nobody else ends it.
  init(_ handle: OpaquePointer, pid: pid_t) {
    unsafe self.handle = handle
    self.pid = pid
  }

  /// The program runs, or a step before it failed. Does not wait.
  var isOver: Bool { unsafe sluice_launch_is_over(handle) }

  /// Waits until it is over. Called exactly once, and then this object is dropped.
  ///
  /// - Throws: when a step failed: then the process has ended and no program of it ran.
  func finish() throws(ProcessImage.Failure) {
    let failure = unsafe sluice_launch_end(handle)
    if failure.error != 0 {
      throw ProcessImage.Failure(step: ProcessImage.Step(failure.step), error: SystemError(failure.error))
    }
  }
}

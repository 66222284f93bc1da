import Foundation

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "sluice-journal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func inside(_ name: String) -> String { path + "/" + name }
}

/// Copies a state directory as it is at this moment, without its lock.
func copyDirectory(_ source: String, to target: String) throws {
  try? FileManager.default.removeItem(atPath: target)
  try FileManager.default.copyItem(atPath: source, toPath: target)
  try? FileManager.default.removeItem(atPath: target + "/lock")
  try? FileManager.default.removeItem(atPath: target + "/journal.sqlite-shm")
}

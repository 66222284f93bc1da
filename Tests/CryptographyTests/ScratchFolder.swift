import Cryptography
import Glibc

/// An empty folder that disappears with its owner.
struct ScratchFolder: ~Copyable {
  let path: String

  init() {
    path = "/tmp/cryptography-\(Base64URL.encode(SecureRandom.bytes(9)))"
    precondition(mkdir(path, 0o700) == 0)
  }

  deinit { _ = run(["rm", "-rf", path]) }
}

/// Runs a program found on the path; its exit status, and what it printed.
func run(_ arguments: [String]) -> (status: CInt, output: String) {
  var ends: [CInt] = [0, 0]
  precondition(pipe(&ends) == 0)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
  posix_spawn_file_actions_addclose(&actions, ends[0])
  defer { posix_spawn_file_actions_destroy(&actions) }
  var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  defer { words.forEach { free($0) } }
  var pid: pid_t = 0
  precondition(posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ) == 0)
  close(ends[1])
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4_096)
  while case let count = read(ends[0], &buffer, buffer.count), count > 0 { output += buffer[..<count] }
  close(ends[0])
  var status: CInt = 0
  waitpid(pid, &status, 0)
  return ((status >> 8) & 0xff, String(decoding: output, as: UTF8.self))
}

/// The permission bits of a file.
func mode(of path: String) -> mode_t? {
  var status = stat()
  return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

import Glibc

/// Names a proxy that answers nobody: every test below shows that calls to this machine do not go through it.
///
/// Set once for the whole process, and before the first call of each test, because the environment has no lock.
let proxiedEnvironment: Void = {
  for name in ["http_proxy", "https_proxy", "all_proxy"] { setenv(name, "http://127.0.0.1:1", 1) }
}()

import Glibc

/// The users that this host knows.
public enum HostUsers {
  /// getpwuid_r wants room for all texts of one entry; hosts with longer ones are unknown to us.
  private static let entryBytes = 16_384

  public static func name(of uid: UInt32) -> String? {
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var texts = [CChar](repeating: 0, count: entryBytes)
    let code = unsafe getpwuid_r(uid, &entry, &texts, texts.count, &found)
    guard code == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return nil }
    return unsafe String(cString: name)
  }

  public static func number(of name: String) -> UInt32? {
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var texts = [CChar](repeating: 0, count: entryBytes)
    let code = unsafe getpwnam_r(name, &entry, &texts, texts.count, &found)
    guard code == 0, unsafe found != nil else { return nil }
    return unsafe entry.pw_uid
  }
}

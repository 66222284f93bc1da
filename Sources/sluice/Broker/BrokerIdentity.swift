import ArgumentParser
import Cryptography
import Glibc
import HTTPServing
import Vocabulary

/// What the broker shows its clients: the pair that its settings name, or one that it mints for itself.
struct BrokerIdentity {
  let tls: TLSIdentity
  /// When the certificate expires.
  let expiry: Timestamp

  /// Reads the pair, or opens the minted one, which is renewed where it nears its end; puts what clients of this
  /// machine have to trust into `ca.pem`.
  ///
  /// - Throws: a sentence that names the file or the reason.
  static func open(_ settings: BrokerSettings) throws -> BrokerIdentity {
    if let given = settings.certificate {
      let identity = try read(given)
      try trust(given.authority, in: settings.stateDirectory)
      return identity
    }
    let minted = try ServerIdentity.openOrMint(
      in: settings.stateDirectory, label: HostNames.own,
      names: HostNames.all(settings).sorted().compactMap { SubjectName($0) }, at: WallClock.now())
    return BrokerIdentity(
      tls: TLSIdentity(certificateChainPEM: minted.leaf.certificatePEM, privateKeyPEM: minted.leaf.keyPEM),
      expiry: minted.expiry)
  }

  /// The pair of the settings, as it is now. Links are followed, since that is how it is renewed where it is.
  ///
  /// - Throws: a sentence that names the file and the reason.
  static func read(_ given: BrokerSettings.GivenCertificate) throws -> BrokerIdentity {
    let chain = try BrokerSettings.text(given.certificate)
    let tls = TLSIdentity(certificateChainPEM: chain, privateKeyPEM: try secret(given.key))
    do {
      try tls.check()
      if let authority = given.authority { _ = try Certificate(pem: try BrokerSettings.text(authority)) }
      return BrokerIdentity(tls: tls, expiry: try Certificate(pem: chain).expiry())
    } catch let error as HTTPServerError {
      throw ValidationError("\(given.certificate), \(given.key): \(error)")
    } catch let error as CryptographyError {
      throw ValidationError("\(given.authority ?? given.certificate): \(error)")
    }
  }

  private static func secret(_ path: String) throws -> String {
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
      throw ValidationError("\(path) is open to everybody: a key has mode 0600 or 0640")
    }
    return try BrokerSettings.text(path)
  }

  /// Without an authority of its own there is no `ca.pem`: clients believe those of the system then.
  private static func trust(_ authority: String?, in folder: String) throws {
    let place = "\(folder)/ca.pem"
    if let authority {
      try SecretFile.write(Array(try BrokerSettings.text(authority).utf8), to: place, mode: 0o644)
    } else if unsafe unlink(place) != 0, errno != ENOENT {
      throw ValidationError("\(place) cannot be removed: \(unsafe String(cString: strerror(errno)))")
    }
  }
}

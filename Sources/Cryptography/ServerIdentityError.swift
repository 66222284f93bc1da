/// Why a broker has no identity to show.
public enum ServerIdentityError: Error, Sendable, CustomStringConvertible {
  case cryptography(CryptographyError)
  case file(SecretFileError)

  public var description: String {
    switch self {
    case .cryptography(let error): error.description
    case .file(let error): error.description
    }
  }
}

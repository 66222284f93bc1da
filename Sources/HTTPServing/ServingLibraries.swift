import CMicrohttpd

/// The libraries that serve HTTPS, loaded once, when they are needed first.
enum ServingLibraries {
  private static let whyTheyAreMissing = unsafe mhd_load().map { unsafe String(cString: $0) }

  /// - Throws: `missingLibrary`.
  static func require() throws(HTTPServerError) {
    if let reason = whyTheyAreMissing { throw .missingLibrary(reason) }
  }
}

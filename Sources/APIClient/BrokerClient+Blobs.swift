import HTTPCalling

extension BrokerClient {
  /// Stores bytes under their digest; a second time does no harm and costs nothing but the sending.
  ///
  /// - Parameters:
  ///   - name: `sha256-…`.
  ///   - pulling: the next piece; `nil` at the end.
  public func storeBlob(_ name: String, pulling: @escaping () -> [UInt8]?) throws(ClientError) {
    var call = prepared("PUT", "/v1/blobs/\(try KeySpace.segment(name))", accept: "application/json")
    call.headers.append(HTTPHeader("Content-Type", "application/octet-stream"))
    // What was pulled is gone: another try would send what is left of it.
    var hasBegun = false
    _ = try repeated(.harmless) { () throws(HTTPCallError) in
      if hasBegun { throw HTTPCallError(.unusable, "The connection broke while a blob was sent") }
      return try http.upload(
        call,
        pulling: {
          hasBegun = true
          return pulling()
        })
    }
  }
}

import HTTPServing

/// One operation of the API: what it is called with, who may, and what carries it out.
struct Route: Sendable {
  enum Segment: Sendable, Equatable {
    case literal(String)
    /// Matches any one segment.
    case parameter(String)
  }

  enum Access: Sendable { case anyone, caller, owner }

  /// How the request's body is taken.
  enum Body: Sendable {
    case none(@Sendable (API, RequestContext) throws(Problem) -> HTTPReply)
    /// The whole body, as one of `types`; absent only where `isOptional`.
    case whole(
      types: [String], limit: Int, isOptional: Bool,
      @Sendable (API, RequestContext, [UInt8]) throws(Problem) -> HTTPReply)
    /// Piece by piece.
    case pieces(types: [String], @Sendable (API, RequestContext) throws(Problem) -> any BodyReceiver)
  }

  let method: String
  let path: String
  let segments: [Segment]
  let access: Access
  /// What it can answer with when all is well; problems are always `application/problem+json`.
  let produces: [String]
  let body: Body

  /// - Parameter path: as in the OpenAPI document, such as `/v1/jobs/{id}`.
  init(
    _ method: String, _ path: String, access: Access = .caller, produces: [String] = ["application/json"], _ body: Body
  ) {
    self.method = method
    self.path = path
    segments = path.split(separator: "/").map { part in
      part.hasPrefix("{") && part.hasSuffix("}")
        ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
    }
    self.access = access
    self.produces = produces
    self.body = body
  }
}

import APIClient
import Testing

@Suite("Problems")
struct ProblemTests {
  @Test("A refusal is shown with every field that is wrong, the request id, and what to do next")
  func complete() {
    let body = """
      {"type":"about:blank","title":"Invalid job","status":422,"detail":"2 fields are wrong",
       "code":"invalid_job","request_id":"r-17","errors":[{"pointer":"/ntasks","message":"must be at least 1"},
       {"pointer":"","message":"needs a command"}]}
      """
    var problem = Problem(status: 422, body: Array(body.utf8))
    let error = ClientError(problem)
    #expect(
      error.message == """
        Invalid job: 2 fields are wrong [422 invalid_job]
          /ntasks: must be at least 1
          (whole request): needs a command
          request id: r-17
        """)
    #expect(problem.summary == "/ntasks: must be at least 1; needs a command")
    // What is no job has no command that tries it.
    #expect(error.advice == "Correct what is listed above.")
    problem.isOfSubmission = true
    #expect(ClientError(problem).advice?.contains("--dry-run") == true)
  }

  @Test("An answer that is no problem document is shown as far as it goes")
  func foreign() {
    let page = Problem(status: 502, body: Array("<html>\nBad Gateway".utf8))
    #expect(page.report == "The broker answered 502: <html> [502]")
    #expect(Problem(status: 404, body: []).report == "The broker answered 404 [404]")
    #expect(Problem(status: 404, body: Array("[]".utf8)).status == 404)
  }

  @Test(
    "Every refusal that a person can act upon says how",
    arguments: [
      (401, "--token-file"), (403, "whoami"), (404, "jobs -a"), (409, "job status"), (410, "--since"),
      (413, "limits"),
      (429, "Try again"), (503, "Try again"),
    ])
  func advice(status: Int, word: String) {
    #expect(Problem(status: status, body: []).advice?.contains(word) == true)
  }

  @Test("A busy broker's own estimate is passed on")
  func retryAfter() {
    var problem = Problem(status: 503, body: [])
    problem.retryAfterSeconds = 7
    #expect(problem.advice?.contains("in 7 s") == true)
  }
}

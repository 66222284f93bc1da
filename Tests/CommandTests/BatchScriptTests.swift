import Testing

@testable import sluice

@Suite("A batch script") struct BatchScriptTests {
  @Test(
    "gives the words of its directives, as a shell reads them",
    arguments: [
      ("#!/bin/sh\n#flux: -N4 # -c2\n#flux: --job-name='a b'\n", ["-N4", "--job-name=a b"]),
      (
        "-- flux: -N1 --exclusive\n-- a comment\n-- flux: --output=out\nlocal app\n",
        ["-N1", "--exclusive", "--output=out"]
      ),
      ("#FLUX: --x=\"a 'b' \\\"c\\\" \\d\" e\\ f\n", ["--x=a 'b' \"c\" \\d", "e f"]),
      ("# flux: --a='''It's a \"job\"'''#no\n", ["--a=It's a \"job\"#no"]),
      ("#sluice: '' \"\"\n", ["", ""]),
      ("echo no directive: here\n", []),
    ])
  func words(_ text: String, _ words: [String]) throws {
    #expect(try BatchScript(text).words == words)
  }

  @Test("takes a text of several lines, without what all of them are indented by")
  func literal() throws {
    let text = "# flux: --conf=\"\"\"\n# flux: [config]\n# flux:   item = \"foo\"\n# flux: \"\"\"\n# flux: -n2\n"
    #expect(try BatchScript(text).words == ["--conf=[config]\n  item = \"foo\"\n", "-n2"])
  }

  @Test("may have other lines between directives, as long as they begin alike")
  func interspersed() throws {
    let text = "'''\nflux: -N4\n\nSome words:\nflux: -c2\n'''\n"
    #expect(try BatchScript(text).words == ["-N4", "-c2"])
  }

  @Test(
    "is refused with the line that is wrong",
    arguments: [
      ("#!/bin/sh\n#flux: -N1\nhostname\n#flux: -n2\n", 4), ("#flux: -N1\n# flux: -n2\n", 2),
      ("#flux: -N1\n#FLUX: -n2\n", 2), ("\n#flux: 'a\n", 2), ("#flux: \"\"\" a\n", 1), ("#flux: '''\n#flux: a\n", 1),
    ])
  func faults(_ text: String, _ line: Int) {
    let fault = #expect(throws: BatchScript.Fault.self) { try BatchScript(text) }
    #expect(fault?.line == line)
  }
}

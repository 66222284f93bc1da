import Testing

@Suite struct JobspecTableTests {
  @Test("Every row of the catalogue gets the answer owed to it", arguments: JobspecRows.all)
  func row(_ row: JobspecRow) {
    #expect(row.actualAnswer() == row.answer)
  }

  @Test("The table covers the rows that these rooms answer")
  func coverage() {
    let rows = Set(JobspecRows.all.map(\.id))
    let owed = [3, 11, 12, 13, 14, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 28, 29, 33, 36, 38, 39]
    for number in owed {
      let id = number < 10 ? "J0\(number)" : "J\(number)"
      #expect(rows.contains(id))
    }
  }
}

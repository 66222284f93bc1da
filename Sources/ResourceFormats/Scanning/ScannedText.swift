/// Where the bytes of a string are: in the text itself, or decoded beside it when it had escapes.
struct ScannedText {
  let range: Range<Int>
  let isDecoded: Bool
}

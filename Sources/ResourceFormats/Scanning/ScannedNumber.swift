/// A number of JSON text; whether it was written with a point or an exponent stays known.
enum ScannedNumber {
  case integer(Int64)
  case real(Double)
}

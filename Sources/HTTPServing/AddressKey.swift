import Glibc

/// What the limit per address counts by: an IPv4 address, or an IPv6 network of 64 bits.
struct AddressKey: Hashable, Sendable {
  let high: UInt64

  /// Nil if the address is of neither family.
  init?(_ address: UnsafePointer<sockaddr>) {
    switch unsafe Int32(address.pointee.sa_family) {
    case AF_INET:
      high = unsafe UnsafeRawPointer(address).load(as: sockaddr_in.self).sin_addr.s_addr.asAddressKey
    case AF_INET6:
      var inner = unsafe UnsafeRawPointer(address).load(as: sockaddr_in6.self).sin6_addr
      high = unsafe withUnsafeBytes(of: &inner) { bytes in
        // An IPv4 address in IPv6 clothes counts as what it is.
        let isMapped = unsafe bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return unsafe isMapped
          ? bytes.load(fromByteOffset: 12, as: UInt32.self).asAddressKey : bytes.load(as: UInt64.self)
      }
    default: return nil
    }
  }

  /// The numeric form, without a port.
  static func text(_ address: UnsafePointer<sockaddr>) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
      let family = unsafe Int32(address.pointee.sa_family)
      let offset = family == AF_INET ? 4 : 8
      guard family == AF_INET || family == AF_INET6,
        unsafe inet_ntop(family, UnsafeRawPointer(address) + offset, text.baseAddress, socklen_t(text.count))
          != nil,
        let start = text.baseAddress
      else { return "" }
      return unsafe String(cString: start)
    }
  }
}

extension UInt32 {
  /// Sets IPv4 apart from every IPv6 network: no global one begins with 0xFFFFFFFF.
  fileprivate var asAddressKey: UInt64 { 0xFFFF_FFFF_0000_0000 | UInt64(self) }
}

internal import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An endpoint as the socket calls want it.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private(set) var length: socklen_t

    init(_ endpoint: Endpoint, scope: UInt32 = 0) {
        switch endpoint.address {
        case .v4(let address):
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = endpoint.port.bigEndian
            value.sin_addr.s_addr = address.rawValue.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: value, as: sockaddr_in.self) }
        case .v6(let address):
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = endpoint.port.bigEndian
            value.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &value.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.rawValue.bigEndian, as: UInt128.self)
            }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: value, as: sockaddr_in6.self) }
        }
    }

    /// Room for a call that fills it.
    init() {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }

    mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> Int32 {
        var length = length
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
        }
        self.length = length
        return result
    }

    var endpoint: Endpoint? {
        unsafe withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let value = unsafe bytes.load(as: sockaddr_in.self)
                return Endpoint(
                    .v4(IPv4Address(rawValue: UInt32(bigEndian: value.sin_addr.s_addr))),
                    UInt16(bigEndian: value.sin_port))
            case AF_INET6:
                let value = unsafe bytes.load(as: sockaddr_in6.self)
                let raw = unsafe withUnsafeBytes(of: value.sin6_addr) { unsafe $0.loadUnaligned(as: UInt128.self) }
                return Endpoint(.v6(IPv6Address(rawValue: UInt128(bigEndian: raw))), UInt16(bigEndian: value.sin6_port))
            default:
                return nil
            }
        }
    }
}

extension IPFamily {
    var socketDomain: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}

extension IPAddress {
    /// From the bytes that a C structure holds.
    init?(_ family: UInt8, _ bytes: (UnsafeRawBufferPointer)) {
        switch Int32(family) {
        case AF_INET: self = unsafe .v4(IPv4Address(rawValue: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))))
        case AF_INET6:
            self = unsafe .v6(IPv6Address(rawValue: UInt128(bigEndian: bytes.loadUnaligned(as: UInt128.self))))
        default: return nil
        }
    }
}

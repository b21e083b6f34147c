public import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The names that the system's resolver has for some addresses: getnameinfo blocks, so it runs on a thread of its
/// own, one address after another, and says through a pipe that it has ended. Whoever has waited enough takes what
/// is there.
public final class ReverseResolution: Sendable {
    private let call: BlockingCall<[IPAddress: String]>

    public init(_ addresses: [IPAddress]) throws(SystemCallError) {
        call = try BlockingCall([:]) { call in
            for address in addresses {
                guard let name = ReverseResolution.name(of: address) else { continue }
                call.update { $0[address] = name }
            }
        }
    }

    /// Becomes readable when every address has been asked for.
    public var descriptor: Int32 { call.descriptor }
    /// Names found so far.
    public var names: [IPAddress: String] { call.value }

    /// Nil where there is none: the address itself is no name.
    private static func name(of address: IPAddress) -> String? {
        var buffer = [UInt8](repeating: 0, count: 1_025)
        let status = SocketAddress(Endpoint(address, 0)).withPointer { pointer, length in
            unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe getnameinfo(
                    pointer, length, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    socklen_t(bytes.count), nil, 0, NI_NAMEREQD)
            }
        }
        guard status == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
}

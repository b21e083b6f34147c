public import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The system's own resolution of one name, as every application gets it (hosts file, search domains, caches):
/// getaddrinfo blocks, so it runs on a thread of its own and says through a pipe that it has ended.
public final class NameResolution: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// In the system's order of preference; at most 16.
        case addresses([IPAddress])
        /// The same, of a family of which this machine has no address: whoever asks for both families is told that there is
        /// none (AI_ADDRCONFIG, RFC 3493 section 6.1), by this name.
        case leftOut([IPAddress], code: String)
        /// By name: `EAI_NONAME`, `EAI_AGAIN`.
        case failed(code: String)
    }

    private let call: BlockingCall<Outcome?>

    /// - Parameter family: nil asks for both, as far as this machine has addresses of both.
    public init(_ name: String, family: IPFamily?) throws(SystemCallError) {
        call = try BlockingCall(nil) { call in
            let outcome = NameResolution.resolve(name, family)
            call.update { $0 = outcome }
        }
    }

    /// Becomes readable when the resolver has ended.
    public var descriptor: Int32 { call.descriptor }
    /// What came of it; nil while it runs.
    public var outcome: Outcome? { call.value }

    private static func resolve(_ name: String, _ family: IPFamily?) -> Outcome {
        guard family == nil else { return ask(name, family, flags: 0) }
        let usual = ask(name, nil, flags: AI_ADDRCONFIG)
        guard case .failed(let code) = usual, ["EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY"].contains(code),
            case .addresses(let addresses) = ask(name, nil, flags: 0)
        else { return usual }
        return .leftOut(addresses, code: code)
    }

    private static func ask(_ name: String, _ family: IPFamily?, flags: Int32) -> Outcome {
        var hints = unsafe addrinfo()
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        unsafe hints.ai_family = family?.socketDomain ?? AF_UNSPEC
        unsafe hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { return .failed(code: code(status)) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next, addresses.count < 16 {
            if let address = unsafe address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failed(code: "EAI_NODATA") : .addresses(addresses)
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let raw = unsafe entry.ai_addr else { return nil }
        var address = SocketAddress()
        _ = address.fill { destination, length in
            unsafe memcpy(destination, raw, Int(min(entry.ai_addrlen, length.pointee)))
            return 0
        }
        return address.endpoint?.address
    }

    private static func code(_ status: Int32) -> String {
        switch status {
        case EAI_NONAME: "EAI_NONAME"
        case EAI_AGAIN: "EAI_AGAIN"
        case EAI_FAIL: "EAI_FAIL"
        case EAI_FAMILY: "EAI_FAMILY"
        case EAI_MEMORY: "EAI_MEMORY"
        case EAI_SYSTEM: "EAI_SYSTEM"
        // Not in POSIX any more: netdb.h of glibc.
        case -5: "EAI_NODATA"
        case -9: "EAI_ADDRFAMILY"
        default: "EAI \(status)"
        }
    }
}

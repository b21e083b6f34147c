/// What an ICMP error says, without a packet around it: sockets report family, type and code as well
/// (Linux's error queue), and both witnesses must use the same words.
@frozen
public struct ICMPError: Hashable, Sendable, CustomStringConvertible {
    public var family: IPFamily
    public var type: UInt8
    public var code: UInt8

    @inlinable
    public init(family: IPFamily, type: UInt8, code: UInt8) {
        self.family = family
        self.type = type
        self.code = code
    }

    /// What both families mean by it. They number the same ideas differently.
    @frozen
    public enum Meaning: Hashable, Sendable {
        /// No route, or an unknown network.
        case networkUnreachable
        /// The last router has no neighbour with this address, or the host is unknown.
        case hostUnreachable
        case protocolUnreachable
        case portUnreachable
        case packetTooBig
        /// A filter says so: RFC 1812 section 5.2.7.1 and RFC 4443 section 3.1.
        case administrativelyProhibited
        /// A route that was configured to refuse, or a source address that policy refuses.
        case rejectedByPolicy
        case timeToLiveExceeded
        case reassemblyTimeExceeded
        case parameterProblem
        case redirect
        case sourceQuench
        /// Source routing, scope, precedence: rare, and none of the above.
        case other
        /// The type is not that of an error.
        case notAnError
    }

    public var isError: Bool { meaning != .notAnError }

    public var meaning: Meaning {
        switch family {
        case .v4: meaningV4
        case .v6: meaningV6
        }
    }

    private var meaningV4: Meaning {
        switch (ICMPv4.MessageType(rawValue: type), code) {
        case (.destinationUnreachable, 0), (.destinationUnreachable, 6), (.destinationUnreachable, 11):
            .networkUnreachable
        case (.destinationUnreachable, 1), (.destinationUnreachable, 7), (.destinationUnreachable, 8),
            (.destinationUnreachable, 12):
            .hostUnreachable
        case (.destinationUnreachable, 2): .protocolUnreachable
        case (.destinationUnreachable, 3): .portUnreachable
        case (.destinationUnreachable, 4): .packetTooBig
        case (.destinationUnreachable, 9), (.destinationUnreachable, 10), (.destinationUnreachable, 13):
            .administrativelyProhibited
        case (.destinationUnreachable, _): .other
        case (.sourceQuench, _): .sourceQuench
        case (.redirect, _): .redirect
        case (.timeExceeded, 1): .reassemblyTimeExceeded
        case (.timeExceeded, _): .timeToLiveExceeded
        case (.parameterProblem, _): .parameterProblem
        default: .notAnError
        }
    }

    private var meaningV6: Meaning {
        switch (ICMPv6.MessageType(rawValue: type), code) {
        case (.destinationUnreachable, 0): .networkUnreachable
        case (.destinationUnreachable, 1): .administrativelyProhibited
        case (.destinationUnreachable, 3): .hostUnreachable
        case (.destinationUnreachable, 4): .portUnreachable
        case (.destinationUnreachable, 5), (.destinationUnreachable, 6): .rejectedByPolicy
        case (.destinationUnreachable, _): .other
        case (.packetTooBig, _): .packetTooBig
        case (.timeExceeded, 1): .reassemblyTimeExceeded
        case (.timeExceeded, _): .timeToLiveExceeded
        // RFC 4443 section 3.4: the IPv6 way to say "no such protocol".
        case (.parameterProblem, 1): .protocolUnreachable
        case (.parameterProblem, _): .parameterProblem
        case (let type, _): type.isError ? .other : .notAnError
        }
    }

    /// `ICMP administratively prohibited (3/13)`.
    public var description: String {
        "\(family == .v4 ? "ICMP" : "ICMPv6") \(name) (\(type)/\(code))"
    }
}

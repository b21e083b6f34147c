/// The registry of ICMP for IPv6: RFC 4443 and IANA "ICMPv6 Parameters".
public enum ICMPv6 {
    @frozen
    public struct MessageType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let destinationUnreachable = MessageType(rawValue: 1)
        public static let packetTooBig = MessageType(rawValue: 2)
        public static let timeExceeded = MessageType(rawValue: 3)
        public static let parameterProblem = MessageType(rawValue: 4)
        public static let echoRequest = MessageType(rawValue: 128)
        public static let echoReply = MessageType(rawValue: 129)
        public static let listenerQuery = MessageType(rawValue: 130)
        public static let listenerReport = MessageType(rawValue: 131)
        public static let listenerDone = MessageType(rawValue: 132)
        public static let routerSolicitation = MessageType(rawValue: 133)
        public static let routerAdvertisement = MessageType(rawValue: 134)
        public static let neighborSolicitation = MessageType(rawValue: 135)
        public static let neighborAdvertisement = MessageType(rawValue: 136)
        public static let redirect = MessageType(rawValue: 137)
        public static let listenerReportV2 = MessageType(rawValue: 143)
        public static let extendedEchoRequest = MessageType(rawValue: 160)
        public static let extendedEchoReply = MessageType(rawValue: 161)

        /// RFC 4443 section 2.1: errors have the upper bit clear. They quote the packet that caused them.
        public var isError: Bool { rawValue < 128 }
        /// RFC 4861 section 4.
        public var isNeighborDiscovery: Bool { (133...137).contains(rawValue) }

        public var description: String {
            switch self {
            case .destinationUnreachable: "destination unreachable"
            case .packetTooBig: "packet too big"
            case .timeExceeded: "time exceeded"
            case .parameterProblem: "parameter problem"
            case .echoRequest: "echo request"
            case .echoReply: "echo reply"
            case .listenerQuery: "multicast listener query"
            case .listenerReport, .listenerReportV2: "multicast listener report"
            case .listenerDone: "multicast listener done"
            case .routerSolicitation: "router solicitation"
            case .routerAdvertisement: "router advertisement"
            case .neighborSolicitation: "neighbour solicitation"
            case .neighborAdvertisement: "neighbour advertisement"
            case .redirect: "redirect"
            case .extendedEchoRequest: "extended echo request"
            case .extendedEchoReply: "extended echo reply"
            default: "type \(rawValue)"
            }
        }
    }

    /// A code means something only together with its type: these are for the types in their names.
    @frozen
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        // Destination unreachable.
        public static let noRoute = Code(rawValue: 0)
        public static let prohibited = Code(rawValue: 1)
        public static let beyondScope = Code(rawValue: 2)
        public static let addressUnreachable = Code(rawValue: 3)
        public static let portUnreachable = Code(rawValue: 4)
        public static let failedPolicy = Code(rawValue: 5)
        public static let rejectRoute = Code(rawValue: 6)
        // Time exceeded.
        public static let hopLimitExceeded = Code(rawValue: 0)
        public static let reassemblyTimeExceeded = Code(rawValue: 1)
        // Parameter problem.
        public static let unrecognizedNextHeader = Code(rawValue: 1)
    }
}

/// The registry of ICMP for IPv4: RFC 792 and IANA "ICMP Parameters".
public enum ICMPv4 {
    @frozen
    public struct MessageType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let echoReply = MessageType(rawValue: 0)
        public static let destinationUnreachable = MessageType(rawValue: 3)
        public static let sourceQuench = MessageType(rawValue: 4)
        public static let redirect = MessageType(rawValue: 5)
        public static let echoRequest = MessageType(rawValue: 8)
        public static let routerAdvertisement = MessageType(rawValue: 9)
        public static let routerSolicitation = MessageType(rawValue: 10)
        public static let timeExceeded = MessageType(rawValue: 11)
        public static let parameterProblem = MessageType(rawValue: 12)
        public static let timestampRequest = MessageType(rawValue: 13)
        public static let timestampReply = MessageType(rawValue: 14)
        public static let extendedEchoRequest = MessageType(rawValue: 42)
        public static let extendedEchoReply = MessageType(rawValue: 43)

        /// Errors quote the packet that caused them: RFC 1122 section 3.2.2.
        public var isError: Bool {
            switch self {
            case .destinationUnreachable, .sourceQuench, .redirect, .timeExceeded, .parameterProblem: true
            default: false
            }
        }

        public var description: String {
            switch self {
            case .echoReply: "echo reply"
            case .destinationUnreachable: "destination unreachable"
            case .sourceQuench: "source quench"
            case .redirect: "redirect"
            case .echoRequest: "echo request"
            case .routerAdvertisement: "router advertisement"
            case .routerSolicitation: "router solicitation"
            case .timeExceeded: "time exceeded"
            case .parameterProblem: "parameter problem"
            case .timestampRequest: "timestamp request"
            case .timestampReply: "timestamp reply"
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
        public static let networkUnreachable = Code(rawValue: 0)
        public static let hostUnreachable = Code(rawValue: 1)
        public static let protocolUnreachable = Code(rawValue: 2)
        public static let portUnreachable = Code(rawValue: 3)
        public static let fragmentationNeeded = Code(rawValue: 4)
        public static let sourceRouteFailed = Code(rawValue: 5)
        public static let networkUnknown = Code(rawValue: 6)
        public static let hostUnknown = Code(rawValue: 7)
        public static let sourceHostIsolated = Code(rawValue: 8)
        public static let networkProhibited = Code(rawValue: 9)
        public static let hostProhibited = Code(rawValue: 10)
        public static let networkUnreachableForService = Code(rawValue: 11)
        public static let hostUnreachableForService = Code(rawValue: 12)
        public static let communicationProhibited = Code(rawValue: 13)
        public static let hostPrecedenceViolation = Code(rawValue: 14)
        public static let precedenceCutoff = Code(rawValue: 15)
        // Time exceeded.
        public static let timeToLiveExceeded = Code(rawValue: 0)
        public static let reassemblyTimeExceeded = Code(rawValue: 1)
    }
}

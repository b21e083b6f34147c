#if os(macOS)
    public import PacketWire

    /// ICMP echo is a control only; on Darwin there is none yet.
    public final class EchoSocket {
        public enum Event: Sendable, Hashable {
            case reply(sequence: UInt16, from: IPAddress, timeToLive: UInt8?)
            case error(sequence: UInt16, ErrorQueueEntry)
        }

        public let family: IPFamily
        public let descriptor: Int32 = -1

        public init?(_ family: IPFamily) { return nil }

        public var identifier: UInt16? { nil }

        public func send(
            to address: IPAddress, sequence: UInt16, timeToLive: Int?, size: Int? = nil, scope: UInt32 = 0
        ) -> Int32? { nil }

        public func receive() -> [Event] { [] }
    }
#endif

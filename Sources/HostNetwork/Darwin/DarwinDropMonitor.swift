#if os(macOS)
    public import PacketWire

    /// Darwin tells nobody what it drops.
    public final class DropMonitor {
        public let descriptor: Int32 = -1
        public let hasLostSome = false

        public init(addresses watched: [IPAddress]) throws(DropMonitorUnavailable) {
            throw DropMonitorUnavailable(description: "only Linux says which packets it drops", isPermission: false)
        }

        public func read(_ body: (DroppedPacket) -> Void) {}

        public func functions(at places: Set<UInt64>) -> [UInt64: String] { [:] }
    }

    /// Nor does Darwin say it in any weaker form.
    public final class SendDropMonitor {
        public init() throws(DropMonitorUnavailable) {
            throw DropMonitorUnavailable(description: "only Linux says which packets it drops", isPermission: false)
        }

        public func read(_ body: (SendDrop) -> Void) {}
    }
#endif

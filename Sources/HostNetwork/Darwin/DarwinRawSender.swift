#if os(macOS)
    internal import Darwin
    public import PacketWire

    /// Packets of our own making serve experiments only; on Darwin none are sent yet.
    public final class RawSender {
        public init(_ family: IPFamily) throws(SystemCallError) {
            throw SystemCallError("raw socket", errno: ENOTSUP)
        }

        public func send(_ packet: [UInt8], to destination: IPAddress, interface: UInt32 = 0) -> Int32? { ENOTSUP }
    }
#endif

#if os(Linux)
    internal import CHostNetwork
    internal import Glibc
    public import PacketWire

    /// Sends whole IP packets of our own making, for experiments that need what no socket option gives: raw(7) with
    /// the header included, for both families. Opening needs CAP_NET_RAW; sending does not.
    ///
    /// The source is always an address of this machine: whoever calls builds from the kernel's own packet.
    public final class RawSender {
        private let descriptor: Int32
        private let family: IPFamily

        public init(_ family: IPFamily) throws(SystemCallError) {
            self.family = family
            let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            descriptor = socket(family.socketDomain, type, Int32(IPPROTO_RAW))
            guard descriptor >= 0 else { throw SystemCallError("raw socket", errno: errno) }
        }

        deinit { close(descriptor) }

        /// Sends a packet that begins with its IP header; returns the errno of a failure.
        public func send(_ packet: [UInt8], to destination: IPAddress, interface: UInt32 = 0) -> Int32? {
            guard destination.family == family else { return EAFNOSUPPORT }
            guard !packet.isEmpty else { return EINVAL }
            let address = destination.networkBytes
            let result = unsafe packet.withUnsafeBytes { bytes in
                unsafe address.withUnsafeBufferPointer { address in
                    unsafe chn_send_to_address(
                        descriptor, bytes.baseAddress!, UInt64(bytes.count), address.baseAddress!, family.socketDomain,
                        interface)
                }
            }
            return result < 0 ? errno : nil
        }
    }
#endif

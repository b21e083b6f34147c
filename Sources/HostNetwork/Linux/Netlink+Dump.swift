#if os(Linux)
    internal import Glibc

    extension NetlinkSocket {
        /// A listing that came whole, without its end mark; one that was cut, or changed while it was read, is thrown.
        static func dump(_ request: [UInt8], isStrict: Bool = false) throws(SystemCallError) -> [NetlinkMessage] {
            try whole(ask(request, isDump: true, isStrict: isStrict))
        }

        static func whole(_ messages: [NetlinkMessage]) throws(SystemCallError) -> [NetlinkMessage] {
            guard let last = messages.last, last.type == 2 || last.type == 3 else {
                throw SystemCallError("read the routing table", errno: EPROTO)
            }
            // An error may stand in the end mark as well (net/netlink/af_netlink.c, netlink_dump_done).
            let code = Int32(bitPattern: last.body.nativeUInt32(at: 0))
            guard code >= 0, last.type == 3 else {
                let errno = code < 0 && code > -4096 ? -code : EPROTO
                throw SystemCallError("read the routing table", errno: errno)
            }
            guard !messages.contains(where: \.isInterrupted) else {
                throw SystemCallError("read the routing table", errno: EINTR)
            }
            return Array(messages.dropLast())
        }
    }
#endif

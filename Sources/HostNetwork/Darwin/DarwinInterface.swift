#if os(macOS)
    internal import Darwin

    extension Interface {
        /// Not written yet for this system (getifaddrs(3) would tell): it says so rather than guess.
        public static func all() throws(SystemCallError) -> [Interface] {
            throw SystemCallError("list the interfaces", errno: ENOTSUP)
        }

        /// No interface has such a switch here.
        public var isWithoutIPv6: Bool { false }
    }
#endif

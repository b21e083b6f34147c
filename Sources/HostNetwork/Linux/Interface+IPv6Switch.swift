#if os(Linux)
    extension Interface {
        /// IPv6 is switched off on it, by net.ipv6.conf.NAME.disable_ipv6: no address of that family, and no route by it.
        /// Documentation/networking/ip-sysctl.rst. False where the kernel has no IPv6, or does not tell.
        public var isWithoutIPv6: Bool {
            ProcFile.number("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6") == 1
        }
    }
#endif

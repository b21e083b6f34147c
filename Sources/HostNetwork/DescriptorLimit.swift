#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How many descriptors this process may have open.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one, which needs no privilege; returns the limit that holds.
    public static func raise() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard unsafe getrlimit(resource, &limit) == 0 else { return 256 }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        unsafe setrlimit(resource, &limit)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 256 }
        return Int(clamping: limit.rlim_cur)
    }

    /// The index of an interface; nil where there is none of that name.
    public static func interfaceIndex(_ name: String) -> UInt32? {
        let index = if_nametoindex(name)
        return index == 0 ? nil : index
    }

    /// The interface that a zone means, by its name or its number (RFC 4007 section 11.2); nil where there is none.
    public static func interfaceName(zone: String) -> String? {
        interfaceIndex(zone) != nil ? zone : UInt32(zone).flatMap { interfaceName($0) }
    }

    /// The name of an interface; nil where there is none of that index.
    public static func interfaceName(_ index: UInt32) -> String? {
        guard index > 0 else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
            guard let name = buffer.baseAddress, unsafe if_indextoname(index, name) != nil else { return nil }
            return unsafe String(cString: name)
        }
    }
}

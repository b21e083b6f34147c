/// Whether a checksum field holds what it must.
@frozen
public enum ChecksumState: Hashable, Sendable {
    case valid
    case wrong(found: UInt16, expected: UInt16)
    /// UDP over IPv4 may go without: the field is 0.
    case notComputed
    /// Not filled in yet by this host: the network card does it behind the capture. The field holds the
    /// folded sum of the pseudo header, or (IPv4's own header) 0.
    case partial
    /// A fragment, a capture that was cut, or a path that rewrites the destination: nothing to compare with.
    case unverifiable
}

/// The checksums of one packet; nil where there is none.
@frozen
public struct ChecksumReport: Hashable, Sendable {
    public var ipv4Header: ChecksumState?
    public var transport: ChecksumState?

    @inlinable
    public init(ipv4Header: ChecksumState?, transport: ChecksumState?) {
        self.ipv4Header = ipv4Header
        self.transport = transport
    }

    /// A field is wrong, and not merely unfilled.
    public var isWrong: Bool {
        if case .wrong? = ipv4Header { return true }
        if case .wrong? = transport { return true }
        return false
    }
}

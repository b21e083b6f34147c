public import Diagnosis
public import PacketWire

extension SYNVariant {
    /// The SYN with this change. The sequence number is another one: it is a connection of its own.
    public func applied(to header: TCPHeader) -> TCPHeader {
        var changed = header
        changed.sequenceNumber = header.sequenceNumber &+ 0x4000_0000
        switch self {
        case .unchanged: break
        case .withoutECN: changed.flags.subtract([.ece, .cwr])
        case .withoutTimestamps: changed.options.timestamps = nil
        case .withoutWindowScale: changed.options.windowScale = nil
        case .withoutSelectiveAcknowledgement: changed.options.sackPermitted = false
        case .withMaximumSegmentSizeOnly:
            changed.options = TCPOptions(maximumSegmentSize: header.options.maximumSegmentSize)
        }
        return changed
    }

    /// Whether it makes a difference to this SYN at all; `unchanged` is sent beside those that do.
    public func changes(_ header: TCPHeader) -> Bool {
        guard self != .unchanged else { return true }
        let changed = applied(to: header)
        return changed.flags != header.flags || changed.options != header.options
    }
}

import PacketWire

/// Who asks and who answers, where a datagram does not say so itself.
extension Flow {
    /// What comes from one of these ports to a port that is none of them is an answer: to a question that was asked before
    /// the capture, or of a group.
    var isFromAnsweringPort: Bool {
        source.port.neverSpeaksFirst && !destination.port.neverSpeaksFirst && !destination.address.isGroup
    }

    /// The request that this may answer: TFTP answers from a port that it chooses for the transfer, RFC 1350 section 4.
    var transferRequest: Flow? {
        guard transport == .udp, source.port > 1_023, destination.port > 1_023 else { return nil }
        return Flow(.udp, from: destination, to: Endpoint(source.address, Self.transferPort))
    }

    static let transferPort: UInt16 = 69
}

extension UInt16 {
    /// DNS, the servers of DHCP, NTP, NetBIOS names, SNMP's agent, SSDP, multicast DNS, LLMNR.
    fileprivate var neverSpeaksFirst: Bool {
        switch self {
        case 53, 67, 123, 137, 161, 547, 1_900, 5_353, 5_355: true
        default: false
        }
    }
}

extension IPAddress {
    /// All who listen, by the address alone: a broadcast into one's own network is not known by it.
    var isGroup: Bool { isMulticast || self == .v4(.broadcast) }
}

extension Packet {
    /// To all who listen: nobody owes an answer, and who gives one does it from an address of his own.
    var isToGroup: Bool {
        guard let destination else { return false }
        return destination.isGroup || link?.destination == .broadcast || link?.packetType == .broadcast
    }
}

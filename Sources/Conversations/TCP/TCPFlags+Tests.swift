import PacketWire

/// The tests that every segment goes through. By number: the names are constants of another module, and to ask for
/// one there costs a call.
extension TCPFlags {
    @inline(__always)
    var hasFIN: Bool { rawValue & 0x01 != 0 }
    @inline(__always)
    var hasSYN: Bool { rawValue & 0x02 != 0 }
    @inline(__always)
    var hasRST: Bool { rawValue & 0x04 != 0 }
    @inline(__always)
    var hasACK: Bool { rawValue & 0x10 != 0 }
    /// RFC 9293 section 3.4: SYN and FIN take a place in the sequence space. No segment has a use for both.
    @inline(__always)
    var hasSYNOrFIN: Bool { rawValue & 0x03 != 0 }
    @inline(__always)
    var hasSYNOrRST: Bool { rawValue & 0x06 != 0 }
    @inline(__always)
    var hasFINOrRST: Bool { rawValue & 0x05 != 0 }
    @inline(__always)
    var hasSYNFINOrRST: Bool { rawValue & 0x07 != 0 }
    /// ACK without SYN: past the handshake, or its end.
    @inline(__always)
    var isACKWithoutSYN: Bool { rawValue & 0x12 == 0x10 }
    /// SYN without ACK: somebody opens.
    @inline(__always)
    var isSYNWithoutACK: Bool { rawValue & 0x12 == 0x02 }
    @inline(__always)
    var isSYNACK: Bool { rawValue & 0x12 == 0x12 }
}

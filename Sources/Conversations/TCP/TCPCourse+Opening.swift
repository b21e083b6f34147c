import PacketWire

/// The handshake: first numbers, window scale, round trip, and what of the connection's life was seen.
extension TCPCourse {
    /// The initial sequence numbers: a SYN tells its own; any other segment stands for the one before it, and an
    /// acknowledgement for the other end's.
    @inline(__always)
    func learnNumbers(_ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide) {
        if !sender.state.contains(.baseIsKnown) {
            let isSYN = segment.flags.contains(.syn)
            sender.initialSequenceNumber = isSYN ? segment.sequenceNumber : segment.sequenceNumber &- 1
            sender.state.insert(.baseIsKnown)
        }
        if segment.flags.contains(.ack), !receiver.state.contains(.baseIsKnown) {
            receiver.initialSequenceNumber = segment.acknowledgementNumber &- 1
            receiver.state.insert(.baseIsKnown)
        }
    }

    /// Each bit has its packets; only a SYN has to be the first one. tshark, which reads a file once unless it is
    /// told otherwise, sees of the first packet nothing but a SYN.
    @inline(__always)
    mutating func complete(_ segment: TCPSegment, _ isFirst: Bool) {
        var bits: TCPCompleteness = []
        let flags = segment.flags
        if flags.isACKWithoutSYN {
            bits = segment.payloadLength > 0 ? .data : .ack
        } else if flags.isSYNACK {
            bits = .synACK
        } else if flags.contains(.syn), isFirst, !reusesPorts {
            // RFC 7413: fast open.
            onePassCompleteness = segment.payloadLength > 0 ? [.syn, .data] : .syn
        }
        if flags.hasFINOrRST {
            if flags.contains(.fin), flags.contains(.ack) { bits.insert(.fin) }
            if flags.contains(.rst) { bits.insert(.reset) }
        }
        if isFirst, !reusesPorts {
            firstCompleteness = bits
        } else {
            onePassCompleteness.formUnion(bits)
        }
    }

    /// Window scale, options of the SYNs, and the initial round trip. Behind the judgement: it is of use from the
    /// next segment on.
    @inline(__always)
    mutating func followHandshake(_ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide) {
        if segment.flags.isACKWithoutSYN {
            if roundTrip == 0, sawSYN { roundTrip = (segment.at - synAt).nanoseconds }
            sender.state.remove(.firstACKIsDue)
            sender.state.insert(.sentACK)
        } else if segment.flags.contains(.syn) {
            noteSYN(segment, &sender)
        }
        // The SYN of today's version asks without a key, and begins nothing yet: RFC 8684 section 3.1.
        if let subtype = segment.multipathSubtype, subtype != 0 || !segment.flags.isSYNWithoutACK {
            multipath |= 1 << UInt16(subtype & 0xF)
        }
        // RFC 7323 section 2.3: more than 14 counts as 14.
        if let shift = segment.windowScale { sender.scale = Int8(min(shift, 14)) }
        if segment.flags.contains(.syn), !segment.areOptionsCut { agreeOnScale(&sender, &receiver, segment.flags) }
    }

    private mutating func noteSYN(_ segment: TCPSegment, _ sender: inout TCPSide) {
        if segment.flags.contains(.ack) {
            sender.state.insert(.sentACK)
        } else {
            sawSYN = true
            synAt = segment.at
        }
        sender.state.formUnion([.firstACKIsDue, .sentSYN])
        if segment.sackPermitted { sender.state.insert(.permitsSACK) }
        if segment.hasTimestamps { sender.state.insert(.hasTimestamps) }
        if let size = segment.maximumSegmentSize { sender.segmentSize = size }
    }

    /// RFC 7323 section 1.3: windows are scaled only when both SYNs offer it.
    private func agreeOnScale(_ sender: inout TCPSide, _ receiver: inout TCPSide, _ flags: TCPFlags) {
        if sender.scale == TCPSide.Scale.unknown {
            sender.scale = TCPSide.Scale.unused
            receiver.scale = TCPSide.Scale.unused
        } else if flags.contains(.ack), receiver.scale == TCPSide.Scale.unused {
            sender.scale = TCPSide.Scale.unused
        }
    }
}

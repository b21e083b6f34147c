import PacketWire

/// What differs between the frames of one template.
struct FrameFields {
    /// IPv4 stands in the low 32 bits.
    var source: UInt128
    var destination: UInt128
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0
    /// IPv4 only.
    var identification: UInt16 = 0
    var sequence: UInt32 = 0
    var acknowledgement: UInt32 = 0
    /// Of the timestamps option; of UDP and ICMP nothing.
    var clock: UInt32 = 0
    var echo: UInt32 = 0
}

/// A frame that is changed in place for each packet: making a new one costs ten times as much.
///
/// It is built with every field that changes at zero. A checksum of it is then the part of the sum that never changes.
struct FrameTemplate {
    private(set) var bytes: [UInt8]
    private let isIPv6: Bool
    private let transport: Int
    private let kind: Kind
    /// Of the timestamps option's two numbers; 0 without one.
    private let timestamps: Int
    private let headerSum: UInt32
    private let transportSum: UInt32

    private enum Kind {
        case tcp, dns, icmp
    }

    private init(_ frame: [UInt8], _ kind: Kind, _ family: IPFamily, timestamps: Int = 0) {
        bytes = frame
        self.kind = kind
        self.timestamps = timestamps
        isIPv6 = family == .v6
        transport = isIPv6 ? 54 : 34
        headerSum = isIPv6 ? 0 : UInt32(~frame.word(at: 24))
        transportSum = kind == .icmp ? 0 : UInt32(~frame.word(at: transport + (kind == .tcp ? 16 : 6)))
    }

    /// - Parameter options: Timestamps at an even place, or the sums would be shifted.
    static func tcp(
        _ builder: FrameBuilder, _ flags: TCPFlags, options: [TCPOption] = [], window: UInt16 = 502,
        payload: [UInt8] = []
    ) -> FrameTemplate {
        let frame = builder.tcp(
            TCPHeader(from: 0, to: 0, flags, window: window), options: options, payload: payload)
        let family = builder.source.family
        var timestamps = 0
        var before: [UInt8] = []
        for option in options {
            if case .timestamps = option {
                timestamps = (family == .v6 ? 54 : 34) + TCPHeader.minimumLength + before.count + 2
            }
            option.encode(into: &before)
        }
        return FrameTemplate(frame, .tcp, family, timestamps: timestamps)
    }

    /// With identifier 0.
    static func dns(_ builder: FrameBuilder, _ message: DNSMessage) -> FrameTemplate {
        FrameTemplate(builder.udp(from: 0, to: 0, payload: message.encoded()), .dns, builder.source.family)
    }

    /// A router's refusal of a packet that is as long as this one.
    static func prohibition(_ builder: FrameBuilder, of frame: FrameTemplate) -> FrameTemplate {
        let family = builder.source.family
        let quoted = Array(frame.bytes[14...])
        let error: (type: UInt8, code: UInt8) = family == .v4 ? (3, 13) : (1, 1)
        return FrameTemplate(
            builder.icmpError(type: error.type, code: error.code, quoting: quoted), .icmp, family)
    }

    // MARK: Changing it

    mutating func set(_ fields: FrameFields) {
        setAddresses(fields)
        guard kind != .icmp else { return }
        var sum = transportSum &+ sum(fields.source) &+ sum(fields.destination)
        sum &+= UInt32(fields.sourcePort) &+ UInt32(fields.destinationPort)
        bytes.set(fields.sourcePort, at: transport)
        bytes.set(fields.destinationPort, at: transport + 2)
        if kind == .dns {
            // The identifier of the question is as good as any number.
            let identifier = UInt16(truncatingIfNeeded: fields.sequence)
            bytes.set(identifier, at: transport + 8)
            sum &+= UInt32(identifier)
        } else {
            bytes.set(fields.sequence, at: transport + 4)
            bytes.set(fields.acknowledgement, at: transport + 8)
            sum &+= Self.sum(fields.sequence) &+ Self.sum(fields.acknowledgement)
            if timestamps > 0 {
                bytes.set(fields.clock, at: timestamps)
                bytes.set(fields.echo, at: timestamps + 4)
                sum &+= Self.sum(fields.clock) &+ Self.sum(fields.echo)
            }
        }
        let checksum = Self.checksum(sum)
        bytes.set(kind == .dns && checksum == 0 ? 0xFFFF : checksum, at: transport + (kind == .tcp ? 16 : 6))
    }

    /// A refusal of exactly this frame, one hop further on.
    mutating func set(_ fields: FrameFields, quoting frame: FrameTemplate) {
        setAddresses(fields)
        let quote = transport + 8
        for index in 14..<frame.bytes.count { bytes[quote + index - 14] = frame.bytes[index] }
        if isIPv6 {
            bytes[quote + 7] -= 1
        } else {
            bytes[quote + 8] -= 1
            bytes.set(0 as UInt16, at: quote + 10)
            bytes.set(Self.checksum(bytes.sum(of: quote..<quote + 20)), at: quote + 10)
        }
        bytes.set(0 as UInt16, at: transport + 2)
        var sum = bytes.sum(of: transport..<bytes.count)
        if isIPv6 { sum &+= self.sum(fields.source) &+ self.sum(fields.destination) &+ UInt32(bytes.count - 54) &+ 58 }
        bytes.set(Self.checksum(sum), at: transport + 2)
    }

    private mutating func setAddresses(_ fields: FrameFields) {
        if isIPv6 {
            bytes.set(fields.source, at: 22)
            bytes.set(fields.destination, at: 38)
        } else {
            bytes.set(fields.identification, at: 18)
            bytes.set(UInt32(truncatingIfNeeded: fields.source), at: 26)
            bytes.set(UInt32(truncatingIfNeeded: fields.destination), at: 30)
            let sum = headerSum &+ UInt32(fields.identification) &+ sum(fields.source) &+ sum(fields.destination)
            bytes.set(Self.checksum(sum), at: 24)
        }
    }

    private func sum(_ address: UInt128) -> UInt32 {
        let low = Self.sum(UInt32(truncatingIfNeeded: address))
        guard isIPv6 else { return low }
        return [32, 64, 96].reduce(low) { $0 &+ Self.sum(UInt32(truncatingIfNeeded: address >> UInt128($1))) }
    }

    private static func sum(_ value: UInt32) -> UInt32 { value >> 16 &+ value & 0xFFFF }

    private static func checksum(_ sum: UInt32) -> UInt16 {
        var value = sum
        while value >> 16 != 0 { value = self.sum(value) }
        return ~UInt16(truncatingIfNeeded: value)
    }
}

extension [UInt8] {
    fileprivate func word(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }

    fileprivate mutating func set(_ value: some FixedWidthInteger & UnsignedInteger, at offset: Int) {
        let length = value.bitWidth / 8
        for index in 0..<length {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> ((length - 1 - index) * 8))
        }
    }

    /// Of words of 16 bits; an odd last byte is the high half of one.
    fileprivate func sum(of range: Range<Int>) -> UInt32 {
        var sum: UInt32 = 0
        for index in range {
            sum &+= UInt32(self[index]) << ((index - range.lowerBound) % 2 == 0 ? 8 : 0)
        }
        return sum
    }
}

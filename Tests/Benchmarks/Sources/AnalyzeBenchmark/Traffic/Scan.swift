import PacketWire

/// Nothing but SYNs, each of a conversation of its own and never answered: what a scan or a flood leaves.
struct Scan {
    static let targets = 50

    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    /// Fifty thousand in a second.
    mutating func write(conversations count: Int, to file: inout CaptureOutput) throws -> WrittenCapture {
        var frames = FrameSet(.v4)
        for number in 0..<count {
            // An odd factor puts every number of 24 bits somewhere else: no address comes twice.
            let address = UInt32(truncatingIfNeeded: number &* 0x9E_3779 & 0xFF_FFFF)
            var fields = FrameFields(
                source: UInt128(0x0A00_0000 | address),
                destination: Hosts.server(numbers.below(Self.targets), isIPv6: false))
            fields.sourcePort = UInt16(1_024 + numbers.below(60_000))
            fields.destinationPort = 443
            fields.sequence = UInt32(truncatingIfNeeded: numbers.next())
            fields.identification = UInt16(truncatingIfNeeded: fields.sequence)
            fields.clock = fields.sequence >> 3
            try frames.withPacket(.syn, isFromClient: true, name: 0, fields) {
                try file.append($0, at: UInt64(number) * 20_000)
            }
        }
        return WrittenCapture(packets: count, conversations: count, verdicts: [:])
    }
}

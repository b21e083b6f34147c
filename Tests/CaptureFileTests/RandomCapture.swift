import CaptureFile
import PacketWire

/// A capture with everything in it that the writer can write, different for each seed.
struct RandomCapture {
    var section: CaptureSection
    var interfaces: [CaptureInterface]
    var names: [NameRecord]
    var packets: [CaptureFile.Packet]

    init(using generator: inout some RandomNumberGenerator) {
        func text() -> String? {
            let texts = [nil, "", "a", "eth0", "Linux 6.18", "größer ✓", "tcp port 443"]
            return texts.randomElement(using: &generator) ?? nil
        }
        func comments() -> [String] {
            (0..<Int.random(in: 0...2, using: &generator)).map { _ in text() ?? "no reply" }
        }
        section = CaptureSection(
            hardware: text(), operatingSystem: text(), application: text(), comments: comments())
        interfaces = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            var interface = CaptureInterface(
                linkType: [.ethernet, .linuxSLL2, .rawIP].randomElement(using: &generator) ?? .ethernet,
                snapLength: [0, 96, 262_144].randomElement(using: &generator) ?? 0, name: text(), text: text(),
                filter: [nil, "icmp or arp"].randomElement(using: &generator) ?? nil, operatingSystem: text(),
                hardware: text(), comments: comments(),
                frameCheckSequenceLength: [nil, 4].randomElement(using: &generator) ?? nil)
            if Bool.random(using: &generator) {
                interface.statistics = InterfaceStatistics(
                    start: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000),
                    end: CaptureTimestamp(nanosecondsSince1970: 1_700_000_009_000_000_000),
                    received: .random(in: 0...99, using: &generator),
                    droppedByInterface: .random(in: 0 ... .max, using: &generator), filterAccepted: 4,
                    droppedByOS: .random(in: 0...99, using: &generator), delivered: nil)
            }
            return interface
        }
        names = [
            NameRecord(.v4(IPv4Address(192, 0, 2, 7)), ["db.lab", "db"]),
            NameRecord(.v6(IPv6Address(rawValue: 0x2001_0DB8 << 96 | 7)), ["db.lab"]),
        ]
        packets = []
        for number in 1...Int.random(in: 1...12, using: &generator) {
            let length = Int.random(in: 0...70, using: &generator)
            packets.append(
                CaptureFile.Packet(
                    number: number, bytes: (0..<length).map { _ in .random(in: 0...255, using: &generator) },
                    originalLength: length + Int.random(in: 0...2, using: &generator) * 700,
                    timestamp: CaptureTimestamp(
                        nanosecondsSince1970: .random(in: 0...(1 << 61), using: &generator)),
                    interface: .random(in: interfaces.indices, using: &generator),
                    options: PacketOptions(
                        comments: comments(),
                        flags: [nil, PacketFlags(direction: .inbound), PacketFlags(direction: .outbound)]
                            .randomElement(using: &generator) ?? nil,
                        dropCount: [nil, 0, 3, .max].randomElement(using: &generator) ?? nil)))
        }
    }

    /// The whole file, and the offsets at which a packet's block ends.
    func encoded(_ byteOrder: ByteOrder) -> (bytes: [UInt8], packetEnds: [Int]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var writer = PcapngWriter(section, byteOrder: byteOrder, to: &bytes)
        for interface in interfaces { _ = writer.append(interface, to: &bytes) }
        writer.append(names, to: &bytes)
        for packet in packets {
            writer.append(
                packet.bytes.span, at: packet.timestamp ?? CaptureTimestamp(nanosecondsSince1970: 0),
                interface: packet.interface, originalLength: packet.originalLength, options: packet.options,
                to: &bytes)
            ends.append(bytes.count)
        }
        for (index, interface) in interfaces.enumerated() {
            guard let statistics = interface.statistics, let end = statistics.end else { continue }
            writer.append(statistics, ofInterface: index, at: end, to: &bytes)
        }
        return (bytes, ends)
    }
}

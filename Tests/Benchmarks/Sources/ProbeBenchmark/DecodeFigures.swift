import BenchmarkSupport
import CaptureFile
import HostNetwork
import PacketWire

/// What reading and decoding cost: processor time for each packet, beside programs that do the like.
struct DecodeFigures {
    var stallpoint: String
    var folder: String
    var runs: Int
    var packets: Int

    /// tshark takes hundreds of times longer; the figure is for each packet all the same.
    private var packetsForSlow: Int { Swift.min(packets, 100_000) }

    func all(_ tools: inout Tools) throws -> [Figure] {
        let pcap = "\(folder)/generated.pcap"
        let pcapng = "\(folder)/generated.pcapng"
        let capture = GeneratedCapture(packets: packets)
        try capture.writePcap(to: pcap)
        try capture.writePcapng(to: pcapng)
        let sample = "\(folder)/sample.pcap"
        try GeneratedCapture(packets: packetsForSlow).writePcap(to: sample)

        let program = tools.find("tcpdump")
        func tcpdump(_ path: String) throws -> Figure.Peer? {
            guard let program else { return nil }
            return Figure.Peer(
                name: "tcpdump -w /dev/null",
                samples: try process(packets) { [program, "-r", path, "-w", "/dev/null"] + $0 })
        }
        let tshark = try tools.find("tshark").map { path in
            Figure.Peer(
                name: "tshark -T fields",
                samples: try process(packetsForSlow, runs: Swift.min(runs, 3)) {
                    [path, "-n", "-r", sample, "-T", "fields", "-e", "tcp.flags"] + $0
                })
        }
        return [
            Figure(name: "reading pcap", unit: "ns/packet", samples: try reading(pcap), peer: try tcpdump(pcap)),
            Figure(name: "reading pcapng", unit: "ns/packet", samples: try reading(pcapng), peer: try tcpdump(pcapng)),
            Figure(name: "Packet.decode", unit: "ns/packet", samples: try decoding(pcap), peer: tshark),
            Figure(name: "reading pcap and decoding", unit: "ns/packet", samples: try both(pcap), peer: tshark),
            Figure(
                name: "stallpoint analyze", unit: "ns/packet", samples: try analyzing(sample), peer: tshark),
        ]
    }

    // MARK: This tool

    private func reading(_ path: String) throws -> [Double] {
        try overFile(path) { bytes in
            var reader = CaptureReader()
            var sum = 0
            while case .record(let record) = try reader.next(in: bytes) { sum &+= record.frame.lowerBound }
            return (reader.packetCount, sum)
        }
    }

    /// Decoding alone: where the frames are was found out before.
    private func decoding(_ path: String) throws -> [Double] {
        var frames: [Range<Int>] = []
        frames.reserveCapacity(packets)
        try InputFile(reading: path).withBytes { bytes in
            var reader = CaptureReader()
            while case .record(let record) = try reader.next(in: bytes) { frames.append(record.frame) }
        }
        return try overFile(path) { bytes in
            var sum = 0
            for frame in frames {
                let packet = Packet.decode(
                    bytes.extracting(frame), linkType: .ethernet, originalLength: GeneratedCapture.frameLength)
                sum &+= try Self.whole(packet)
            }
            return (frames.count, sum)
        }
    }

    private func both(_ path: String) throws -> [Double] {
        try overFile(path) { bytes in
            var reader = CaptureReader()
            var sum = 0
            while case .record(let record) = try reader.next(in: bytes) {
                let packet = Packet.decode(
                    bytes.extracting(record.frame), linkType: record.linkType, originalLength: record.originalLength)
                sum &+= try Self.whole(packet)
            }
            return (reader.packetCount, sum)
        }
    }

    private func analyzing(_ path: String) throws -> [Double] {
        try (0..<runs).map { _ in
            guard let run = Measured([stallpoint, "analyze", path, "-q"]), (0...2).contains(run.status) else {
                throw BenchmarkError("stallpoint analyze \(path) failed")
            }
            return run.cpuSeconds * 1e9 / Double(packetsForSlow)
        }
    }

    /// A number that depends on the last layer, so that no decoding can be left out. What was generated decodes
    /// to the end, or the figure would be for something else.
    @inline(__always)
    private static func whole(_ packet: Packet) throws(BenchmarkError) -> Int {
        guard packet.stop == nil, packet.transportOffset > 0 else {
            throw BenchmarkError("a generated frame does not decode: \(packet.summary)")
        }
        return packet.payload.lowerBound
    }

    /// Processor time for each packet of `body`, which says how many it met; the first run is to warm the caches.
    private func overFile(_ path: String, _ body: (Span<UInt8>) throws -> (count: Int, sum: Int)) throws -> [Double] {
        let file = try InputFile(reading: path)
        return try file.withBytes { bytes in
            var samples: [Double] = []
            var expected: Int?
            for _ in 0...runs {
                let began = Stopwatch.processor.seconds
                let (count, sum) = try body(bytes)
                let seconds = Stopwatch.processor.seconds - began
                guard count == packets, sum == expected ?? sum else {
                    throw BenchmarkError("\(count) of \(packets) packets in \(path)")
                }
                expected = sum
                samples.append(seconds * 1e9 / Double(count))
            }
            return Array(samples.dropFirst())
        }
    }

    // MARK: Other programs

    /// Processor time for each packet of a program, without what its start costs: that is what one packet takes.
    private func process(
        _ count: Int, runs: Int? = nil, _ command: ([String]) -> [String]
    ) throws -> [Double] {
        let times = runs ?? self.runs
        let start = try (0..<times).map { _ in try cpuSeconds(command(["-c", "1"])) }.median
        return try (0..<times).map { _ in (try cpuSeconds(command([])) - start) * 1e9 / Double(count) }
    }

    private func cpuSeconds(_ command: [String]) throws -> Double {
        guard let run = Measured(command), run.status == 0 else {
            throw BenchmarkError("this failed: \(command.joined(separator: " "))")
        }
        return run.cpuSeconds
    }
}

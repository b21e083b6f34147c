internal import CPcap
public import CaptureFile
import PacketWire

/// A filter of pcap-filter(7) on frames that come from a file: compiled once for each link type that is met.
public final class FrameFilter {
    private let expression: String
    private var programs: [UInt32: Program] = [:]

    /// One compiled program.
    private final class Program {
        var program = unsafe bpf_program()
        var isUsable = false

        deinit { if isUsable { unsafe pcap_freecode(&program) } }
    }

    /// Throws `.badFilter` where the expression is none for Ethernet, raw IP or the cooked link types.
    public init(_ expression: String) throws(CaptureError) {
        self.expression = expression
        try CaptureHandle.checkFilter(expression)
    }

    /// A frame of a link type for which the filter makes no sense does not pass.
    public func accepts(_ frame: Span<UInt8>, _ record: CaptureRecord) -> Bool {
        let program = program(record.linkType)
        guard program.isUsable else { return false }
        var header = pcap_pkthdr()
        header.caplen = UInt32(clamping: frame.count)
        header.len = UInt32(clamping: record.originalLength)
        return unsafe frame.withUnsafeBufferPointer { bytes in
            unsafe pcap_offline_filter(&program.program, &header, bytes.baseAddress) != 0
        }
    }

    private func program(_ linkType: LinkType) -> Program {
        if let known = programs[linkType.rawValue] { return known }
        let made = Program()
        programs[linkType.rawValue] = made
        guard let dead = unsafe pcap_open_dead(Int32(bitPattern: linkType.rawValue), 262_144) else { return made }
        defer { unsafe pcap_close(dead) }
        made.isUsable = unsafe pcap_compile(dead, &made.program, expression, 1, UInt32(bitPattern: -1)) == 0
        return made
    }
}

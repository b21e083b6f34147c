import ArgumentParser
import CaptureReplay
import Diagnosis
import PacketWire

/// Which packets of a capture count, and which verdicts are shown.
struct CaptureSelection: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Only frames that this filter of pcap-filter(7) lets pass.", valueName: "BPF"))
    var filter: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Only what this address sent or was sent; may be repeated.", valueName: "address"))
    var host: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Only this TCP or UDP port, at either end; may be repeated.", valueName: "port")
    )
    var port: [Int] = []

    @Option(
        name: .customLong("verdict"),
        help: ArgumentHelp("Only conversations with this verdict; may be repeated.", valueName: "verdict"))
    var verdictNames: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            From then on: seconds after the first packet (12.5), a time (2026-11-26T05:27:39Z) or the first such time \
            of day in UTC (05:27:39).
            """, valueName: "when"))
    var since: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Until then; a time of day is the first one after --since.", valueName: "when"))
    var until: String?

    /// As reports print it, too, in capitals.
    private static func verdict(_ name: String) -> Verdict? { Verdict(rawValue: name.lowercased()) }

    var verdicts: Set<Verdict> { Set(verdictNames.compactMap(Self.verdict)) }

    func validate() throws {
        for name in host where IPAddress(name) == nil {
            throw ValidationError("'\(name.escapedForDisplay)' is no address")
        }
        for number in port where !(1...65_535).contains(number) {
            throw ValidationError("port \(number) is none: 1 to 65535")
        }
        for name in verdictNames where Self.verdict(name) == nil {
            throw ValidationError(
                "'\(name.escapedForDisplay)' is no verdict: \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        for (name, text) in [("--since", since), ("--until", until)] {
            guard let text, CaptureMoment(text) == nil else { continue }
            throw ValidationError(
                "\(name) '\(text.escapedForDisplay)' is none of these: seconds after the first packet (12.5), a time "
                    + "with its offset (2026-11-26T05:27:39Z), a time of day in UTC (05:27:39)")
        }
        if runsBackwards { throw ValidationError("--until is before --since") }
    }

    /// As far as that can be known without the capture.
    private var runsBackwards: Bool {
        switch (since.flatMap { CaptureMoment($0) }, until.flatMap { CaptureMoment($0) }) {
        case (.afterStart(let begin)?, .afterStart(let end)?): end < begin
        case (.unix(let begin)?, .unix(let end)?): end < begin
        default: false
        }
    }

    func packets() -> PacketFilter {
        var filter = PacketFilter()
        filter.hosts = Set(host.compactMap { IPAddress($0) })
        filter.ports = Set(port.compactMap { UInt16(exactly: $0) })
        filter.since = since.flatMap { CaptureMoment($0) }
        filter.until = until.flatMap { CaptureMoment($0) }
        return filter
    }
}

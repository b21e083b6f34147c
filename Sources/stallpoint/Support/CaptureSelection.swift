import ArgumentParser
import CaptureReplay
import Conversations
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

    @Option(name: .long, help: ArgumentHelp("From so many seconds after the first packet.", valueName: "seconds"))
    var since: Double?

    @Option(name: .long, help: ArgumentHelp("Until so many seconds after the first packet.", valueName: "seconds"))
    var until: Double?

    var verdicts: Set<Verdict> { Set(verdictNames.compactMap { Verdict(rawValue: $0) }) }

    func validate() throws {
        for name in host where IPAddress(name) == nil {
            throw ValidationError("'\(name.escapedForDisplay)' is no address")
        }
        for number in port where !(1...65_535).contains(number) {
            throw ValidationError("port \(number) is none: 1 to 65535")
        }
        for name in verdictNames where Verdict(rawValue: name) == nil {
            throw ValidationError(
                "'\(name.escapedForDisplay)' is no verdict: \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        for moment in [since, until].compactMap(\.self) where !(0...4e9).contains(moment) {
            throw ValidationError("seconds after the first packet: 0 or more")
        }
        if let since, let until, until < since { throw ValidationError("--until is before --since") }
    }

    func packets() throws -> PacketFilter {
        var filter = PacketFilter()
        filter.hosts = Set(host.compactMap { IPAddress($0) })
        filter.ports = Set(port.compactMap { UInt16(exactly: $0) })
        filter.since = since.map { Instant.zero + TimeSpan(nanoseconds: Int64($0 * 1e9)) }
        filter.until = until.map { Instant.zero + TimeSpan(nanoseconds: Int64($0 * 1e9)) }
        return filter
    }
}

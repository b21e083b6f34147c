import Conversations
import Diagnosis
import PacketWire

/// A report made by hand, under the name of its folder in `fixtures/reports`.
struct Sample: Sendable, CustomStringConvertible {
    var name: String
    var report: DiagnosisReport

    var description: String { name }

    init(_ name: String, _ diagnoses: TargetDiagnosis..., run: RunInformation = .withEverything) {
        self.name = name
        report = DiagnosisReport(run: run, diagnoses: diagnoses)
    }

    static let all: [Sample] = [
        open, closed, droppedBetweenRouters, droppedOnLastStretch, rejectedByRouter, forgedReset,
        localEgressDrop,
        localIngressDrop, noRoute, routingLoop, hostAbsent, interfered, degraded, silentUDP,
        nameNotFound, longPath,
        unprivileged, severalTargets, bothFamilies, hostile, traced, tracedIPv6,
    ]
}

extension RunInformation {
    static let withEverything = RunInformation(
        toolVersion: "1.0.0", startedUnixNanoseconds: 1_772_357_400_123_456_789,
        elapsed: TimeSpan(nanoseconds: 3_104_512_400), witnesses: [.socket, .wire, .path, .kernel],
        captureFile: "probe.pcapng")
}

// Short forms, so that a sample reads like the report it makes.

func address(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(.any) }

func hop(_ ttl: Int, _ text: String? = nil) -> Hop { Hop(ttl: ttl, address: text.map(address)) }

func ms(_ value: Double) -> TimeSpan { TimeSpan(nanoseconds: Int64(value * 1_000_000)) }

func out(_ at: Double, _ summary: String, _ frame: Int? = nil) -> TimelineEntry {
    TimelineEntry(at: .zero + ms(at), direction: .out, summary: summary, frame: frame)
}

func back(_ at: Double, _ summary: String, _ frame: Int? = nil) -> TimelineEntry {
    TimelineEntry(at: .zero + ms(at), direction: .in, summary: summary, frame: frame)
}

extension Target {
    init(_ host: String, _ port: UInt16, _ transport: Transport = .tcp, at text: String? = nil) {
        let host6 = host.contains(":") ? "[\(host)]" : host
        self.init(
            input: "\(host6):\(port)" + (transport == .udp ? "/udp" : ""), host: host,
            address: IPAddress(host) ?? text.flatMap { IPAddress($0) }, port: port, transport: transport)
    }
}

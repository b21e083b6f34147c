import BenchmarkSupport
import CaptureFile
import HostNetwork

/// What probing costs, in the lab, beside what other tools take for the same targets.
struct ProbeFigures {
    static let server = "203.0.113.10"
    static let silentPorts = 10_001...10_200

    var lab: LabMeasurement
    var runs: Int
    /// Where the scenario for two hundred targets is.
    var scenarios: String

    func all(_ tools: inout Tools) throws -> [Figure] {
        try openPort(&tools) + silentDrop(&tools) + manySilent(&tools)
    }

    // MARK: One open port

    private func openPort(_ tools: inout Tools) throws -> [Figure] {
        let probes = try probe("443", in: "open", runs: runs, status: 0) { $0.verdict == "open" }
        // What the network took is not the tool's: the handshake is the one round trip of such a probe.
        let beyond = try probes.map { run in
            let handshake = try ReportedTarget.all(in: run.output).first?.timing.handshake
            guard let handshake else { throw BenchmarkError("the probe of an open port reports no handshake time") }
            let verdict = run.firstOutputSeconds ?? run.wallSeconds
            return (whole: run.wallSeconds * 1e3 - handshake, verdict: verdict * 1e3 - handshake)
        }
        let name = "open port beyond its round trip"
        let peers = try peers("443", in: "open", runs: runs, &tools)
        return lines(
            Figure(name: "\(name), to the end", unit: "ms", samples: beyond.map(\.whole), goal: 150),
            peers.map { ($0.name, $0.runs.map { $0.wallSeconds * 1e3 }) })
            + [Figure(name: "\(name), to the verdict", unit: "ms", samples: beyond.map(\.verdict), goal: 150)]
            + lines(
                Figure(
                    name: "open port, packets sent", unit: "packets", samples: probes.map { Double($0.packetsSent) }),
                peers.map { ($0.name, $0.runs.map { Double($0.packetsSent) }) })
            + [try frames("443", in: "open", name: "open port, frames in the capture")]
    }

    // MARK: One silent drop

    private func silentDrop(_ tools: inout Tools) throws -> [Figure] {
        let scenario = "drop-at-firewall"
        let probes = try probe("5432", in: scenario, runs: runs, status: 1) { $0.isPlacedRightly }
        var peers = try peers("5432", in: scenario, runs: runs, &tools)
        // Without a place it is not the whole question; this one asks where, too.
        if let traceroute = tools.find("traceroute") {
            let command = [traceroute, "-T", "-n", "-p", "5432", Self.server]
            peers.append(("traceroute -T", try lab.runs(runs, of: command, in: scenario)))
        }
        return lines(
            Figure(name: "silent drop placed", unit: "s", samples: probes.map(\.wallSeconds), goal: 3),
            peers.map { ($0.name, $0.runs.map(\.wallSeconds)) })
            + lines(
                Figure(
                    name: "silent drop, packets sent", unit: "packets", samples: probes.map { Double($0.packetsSent) }),
                peers.map { ($0.name, $0.runs.map { Double($0.packetsSent) }) })
            + [try frames("5432", in: scenario, name: "silent drop, frames in the capture")]
    }

    // MARK: Two hundred of them

    private func manySilent(_ tools: inout Tools) throws -> [Figure] {
        let scenario = "\(scenarios)/silent-200.yaml"
        let ports = "\(Self.silentPorts.lowerBound)-\(Self.silentPorts.upperBound)"
        let few = Swift.min(runs, 3)
        let probes = try probe(ports, in: scenario, runs: few, status: 1, targets: Self.silentPorts.count) {
            $0.isSilentDrop
        }
        let reported = try probes.map { try ReportedTarget.all(in: $0.output) }
        var peers: [(name: String, runs: [LabRun])] = []
        if let nmap = tools.find("nmap") {
            let command = [nmap, "-n", "-Pn", "-p", ports, Self.server]
            peers.append(("nmap -Pn", try lab.runs(few, of: command, in: scenario)))
        }
        let name = "200 silent targets"
        let each = Double(Self.silentPorts.count)
        return lines(
            Figure(name: name, unit: "s", samples: probes.map(\.wallSeconds), goal: 10),
            peers.map { ($0.name, $0.runs.map(\.wallSeconds)) })
            + lines(
                Figure(name: "\(name), memory", unit: "MB", samples: probes.map(\.peakMegabytes), goal: 100),
                peers.map { ($0.name, $0.runs.map(\.peakMegabytes)) })
            + lines(
                Figure(
                    name: "\(name), packets sent each", unit: "packets",
                    samples: probes.map { Double($0.packetsSent) / each }),
                peers.map { ($0.name, $0.runs.map { Double($0.packetsSent) / each }) })
            + [
                // Routers answer a few packets a second, so most of them cannot be placed in this time.
                Figure(
                    name: "\(name), placed", unit: "targets",
                    samples: reported.map { Double($0.filter(\.isPlacedRightly).count) }),
                Figure(
                    name: "\(name), placed wrongly", unit: "targets",
                    samples: reported.map { Double($0.filter(\.isPlacedWrongly).count) }, goal: 0),
            ]
    }

    // MARK: Parts

    /// Probes with default settings. A run whose verdict is not the right one measures nothing.
    private func probe(
        _ ports: String, in scenario: String, runs: Int, status: Int32, targets: Int = 1,
        isRight: (ReportedTarget) -> Bool
    ) throws -> [LabRun] {
        let command = [lab.stallpoint, "probe", "\(Self.server):\(ports)", "--format", "ndjson"]
        let results = try lab.runs(runs, of: command, in: scenario)
        for run in results {
            let reported = try ReportedTarget.all(in: run.output)
            let right = reported.filter(isRight).count
            guard run.status == status, right == targets else {
                throw BenchmarkError("\(right) of \(targets) verdicts are right in \(scenario) (status \(run.status))")
            }
        }
        return results
    }

    /// Other tools that say whether one port answers. What they answer is not judged, only what it takes them.
    private func peers(
        _ port: String, in scenario: String, runs: Int, _ tools: inout Tools
    ) throws -> [(name: String, runs: [LabRun])] {
        var found: [(name: String, runs: [LabRun])] = []
        if let nmap = tools.find("nmap") {
            let command = [nmap, "-n", "-Pn", "-p", port, Self.server]
            found.append(("nmap -Pn", try lab.runs(runs, of: command, in: scenario)))
        }
        if let netcat = tools.find("nc") {
            let command = [netcat, "-z", "-w", "3", Self.server, port]
            found.append(("nc -z -w 3", try lab.runs(runs, of: command, in: scenario)))
        }
        return found
    }

    /// The figure once for each peer, and at least once.
    private func lines(_ figure: Figure, _ peers: [(name: String, samples: [Double])]) -> [Figure] {
        guard !peers.isEmpty else { return [figure] }
        return peers.map { peer in
            var line = figure
            line.peer = Figure.Peer(name: peer.name, samples: peer.samples)
            return line
        }
    }

    /// How many frames, both directions, a probe keeps with `-w`.
    private func frames(_ port: String, in scenario: String, name: String) throws -> Figure {
        let path = "\(lab.folder)/probe.pcapng"
        _ = try lab.runs(1, of: [lab.stallpoint, "probe", "\(Self.server):\(port)", "-w", path], in: scenario)
        let count = try InputFile(reading: path).withBytes { bytes in
            var reader = CaptureReader()
            while case .record = try reader.next(in: bytes) {}
            return reader.packetCount
        }
        return Figure(name: name, unit: "frames", samples: [Double(count)])
    }
}

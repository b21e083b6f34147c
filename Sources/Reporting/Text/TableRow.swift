import Diagnosis
import PacketWire

/// A line of the table at the end: one target, or, where there are many, the ports of a host that end alike.
struct TableRow {
    /// More targets than this are put together.
    static let mostSingle = 20

    var name: String
    var diagnosis: TargetDiagnosis

    static func rows(of diagnoses: [TargetDiagnosis]) -> [TableRow] {
        var uses: [String: Int] = [:]
        for diagnosis in diagnoses { uses[diagnosis.target.name, default: 0] += 1 }
        // One name may have several addresses: both are said then.
        func name(_ target: Target) -> String { uses[target.name] == 1 ? target.name : target.headline }
        guard diagnoses.count > mostSingle else {
            return diagnoses.map { TableRow(name: name($0.target), diagnosis: $0) }
        }
        var groups: [Alike: Int] = [:]
        var members: [[TargetDiagnosis]] = []
        for diagnosis in diagnoses {
            let place = groups[Alike(diagnosis), default: members.count]
            groups[Alike(diagnosis)] = place
            if place == members.count { members.append([diagnosis]) } else { members[place].append(diagnosis) }
        }
        return members.map { alike in
            let first = alike[0]
            guard alike.count > 1 else { return TableRow(name: name(first.target), diagnosis: first) }
            return TableRow(name: first.target.name(ofPorts: alike.map(\.target.port)), diagnosis: first)
        }
    }

    private struct Alike: Hashable {
        let host: String
        let address: IPAddress?
        let transport: Transport
        let verdict: Verdict
        let confidence: Confidence
        let how: String

        init(_ diagnosis: TargetDiagnosis) {
            (host, address) = (diagnosis.target.host, diagnosis.target.address)
            transport = diagnosis.target.transport
            (verdict, confidence, how) = (diagnosis.verdict, diagnosis.confidence, diagnosis.briefly)
        }
    }
}

extension Target {
    /// `203.0.113.10:1-21,23-79/tcp`
    fileprivate func name(ofPorts ports: [UInt16]) -> String {
        let list = "\(Self.ranges(ports))/\(transport.rawValue)"
        if let address, IPAddress(host) != nil {
            return (address.family == .v6 ? "[\(address)]:" : "\(address):") + list
        }
        return "\(host.isEmpty ? input : host):\(list)" + (address.map { " (\($0))" } ?? "")
    }

    private static func ranges(_ ports: [UInt16]) -> String {
        var ranges: [ClosedRange<UInt16>] = []
        for port in ports.sorted() {
            if let last = ranges.last, port - last.upperBound <= 1 {
                ranges[ranges.count - 1] = last.lowerBound...port
            } else {
                ranges.append(port...port)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

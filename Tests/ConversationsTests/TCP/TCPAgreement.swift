import Conversations
import Foundation

/// Ours beside tshark's, value by value.
struct TCPAgreement: CustomStringConvertible {
    var connections = 0
    var frames = 0
    var compared = 0
    var equal = 0
    var byMark: [String: Int] = [:]
    /// `NAME frame N: WHAT ours A, tshark B`.
    var differences: [String] = []

    var description: String {
        "\(connections) connections, \(frames) frames; compared \(compared), equal \(equal), different "
            + "\(differences.count); marks "
            + byMark.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    var summary: [String: Int] {
        Dictionary(
            differences.map { (String($0[$0.range(of: ": ")!.upperBound...].prefix { $0 != "," && !$0.isNumber }), 1) },
            uniquingKeysWith: +)
    }

    mutating func compare(_ bytes: [UInt8], at file: URL, name: String) throws {
        let ours = AnalysedCapture(bytes)
        let theirs = try Tshark.analyse(file)
        let final = try Tshark.analyse(file, twoPasses: true)
        var theirStream: [Int: Int] = [:]
        var counts: [Int: (packets: UInt64, bytes: UInt64)] = [:]
        var last: [Int: (frame: Int, roundTrip: String)] = [:]
        frames += ours.rows.count
        connections += ours.streams.count
        for frame in Set(ours.rows.keys).union(theirs.keys).sorted() {
            guard let our = ours.rows[frame], let their = theirs[frame] else {
                differ(name, frame, "TCP header", ours.rows[frame] != nil, theirs[frame] != nil)
                continue
            }
            let stream = theirStream[our.stream] ?? their.stream
            theirStream[our.stream] = stream
            hold(name, frame, "stream", stream, their.stream)
            hold(name, frame, "length", our.length, their.length ?? our.length)
            hold(name, frame, "completeness", our.completeness, their.completeness)
            for (mark, label) in TCPMarks.names where TCPMarks.wireshark.contains(mark) {
                if our.marks.contains(mark) { byMark[label, default: 0] += 1 }
                hold(name, frame, label, our.marks.contains(mark), their.marks.contains(mark))
            }
            hold(name, frame, "duplicate_ack_num", our.duplicateNumber, their.duplicateNumber)
            counts[their.stream, default: (0, 0)].packets += 1
            counts[their.stream, default: (0, 0)].bytes += UInt64(their.length ?? our.length)
            let known = last[our.stream]?.roundTrip ?? ""
            last[our.stream] = (frame, their.initialRoundTrip.isEmpty ? known : their.initialRoundTrip)
        }
        for (index, stream) in ours.streams.enumerated() {
            guard let number = theirStream[index], let (frame, roundTrip) = last[index] else { continue }
            hold(name, frame, "packets", stream.packets, counts[number]?.packets ?? 0)
            hold(
                name, frame, "bytes", stream.initiator.payloadBytes + stream.responder.payloadBytes,
                counts[number]?.bytes ?? 0)
            hold(name, frame, "final completeness", stream.completeness.rawValue, final[frame]?.completeness ?? 0)
            // It is printed beside segments of which there is something to say, and not every connection has one.
            if roundTrip.isEmpty, stream.initialRoundTrip != nil { continue }
            hold(name, frame, "initial_rtt", Self.seconds(stream.initialRoundTrip?.nanoseconds), roundTrip)
        }
    }

    private static func seconds(_ nanoseconds: Int64?) -> String {
        guard let nanoseconds else { return "" }
        let fraction = String(nanoseconds.magnitude % 1_000_000_000)
        return "\(nanoseconds < 0 ? "-" : "")\(nanoseconds.magnitude / 1_000_000_000)."
            + String(repeating: "0", count: 9 - fraction.count) + fraction
    }

    private mutating func hold<Value: Equatable>(
        _ name: String, _ frame: Int, _ what: String, _ our: Value, _ their: Value
    ) {
        compared += 1
        if our == their { equal += 1 } else { differ(name, frame, what, our, their) }
    }

    private mutating func differ<Value>(_ name: String, _ frame: Int, _ what: String, _ our: Value, _ their: Value) {
        differences.append("\(name) frame \(frame): \(what) ours \(our), tshark \(their)")
    }
}

import Conversations

/// Ours beside tshark's, value by value.
struct TCPAgreement {
    private let explanations: [String: String]
    private(set) var connections = 0
    private(set) var frames = 0
    /// Frames in which only one of the two finds a TCP header: whether that is right is for the decoder's tests.
    private(set) var oneSided = 0
    /// Frames whose options are cut, so that only we have marks for them.
    private(set) var cut = 0
    private(set) var compared = 0
    private(set) var equal = 0
    private(set) var marks: [String: Int] = [:]
    /// Differences that a person has looked at.
    private(set) var explained: Set<String> = []
    /// All others: `NAME frame N: WHAT ours A, tshark B`.
    private(set) var wrong: [String] = []

    init(_ explanations: [String: String] = [:]) {
        self.explanations = explanations
    }

    func report(_ name: String) {
        let marks = marks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print(
            "tshark and \(name): \(connections) connections, \(frames) frames (\(oneSided) not compared, of \(cut) no marks), values compared \(compared), equal "
                + "\(equal), explained \(explained.count), wrong \(wrong.count); \(marks)")
        for difference in wrong.prefix(CaptureFiles.others == nil ? 40 : .max) { print("  \(difference)") }
    }

    /// - Parameter final: What tshark says when it reads the file twice; nil to leave that out.
    mutating func compare(
        _ ours: AnalysedCapture, _ theirs: [Int: Tshark.Row], final: [Int: Tshark.Row]? = nil, name: String
    ) {
        var theirStream: [Int: Int] = [:]
        var counts: [Int: (packets: UInt64, bytes: UInt64)] = [:]
        var last: [Int: (frame: Int, roundTrip: String)] = [:]
        frames += ours.rows.count
        connections += ours.streams.count
        for frame in Set(ours.rows.keys).union(theirs.keys).sorted() {
            guard let our = ours.rows[frame], let their = theirs[frame] else {
                oneSided += 1
                continue
            }
            let stream = theirStream[our.stream] ?? their.stream
            theirStream[our.stream] = stream
            hold(name, frame, "stream", stream, their.stream)
            hold(name, frame, "length", our.length, their.length ?? our.length)
            hold(name, frame, "completeness", our.completeness, their.completeness)
            for (mark, label) in TCPMarks.names where TCPMarks.wireshark.contains(mark) {
                if our.marks.contains(mark) { marks[label, default: 0] += 1 }
            }
            // Where the capture ends within the options, tshark stops, and says nothing of what it found before them.
            if our.isCut, their.marks.isEmpty, their.duplicateNumber == 0 {
                cut += 1
            } else {
                for (mark, label) in TCPMarks.names where TCPMarks.wireshark.contains(mark) {
                    hold(name, frame, label, our.marks.contains(mark), their.marks.contains(mark))
                }
                hold(name, frame, "duplicate_ack_num", our.duplicateNumber, their.duplicateNumber)
            }
            counts[their.stream, default: (0, 0)].packets += 1
            if !our.isReset { counts[their.stream, default: (0, 0)].bytes += UInt64(their.length ?? our.length) }
            let known = last[our.stream]?.roundTrip ?? ""
            last[our.stream] = (frame, their.initialRoundTrip.isEmpty ? known : their.initialRoundTrip)
        }
        for (index, stream) in ours.streams.enumerated() {
            guard let number = theirStream[index], let (frame, roundTrip) = last[index] else { continue }
            hold(name, frame, "packets", stream.packets, counts[number]?.packets ?? 0)
            hold(
                name, frame, "bytes", stream.initiator.payloadBytes + stream.responder.payloadBytes,
                counts[number]?.bytes ?? 0)
            if let final {
                hold(name, frame, "final completeness", stream.completeness.rawValue, final[frame]?.completeness ?? 0)
            }
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
        let difference = "\(name) frame \(frame): \(what) ours \(our), tshark \(their)"
        if explanations[difference] != nil { explained.insert(difference) } else { wrong.append(difference) }
    }
}

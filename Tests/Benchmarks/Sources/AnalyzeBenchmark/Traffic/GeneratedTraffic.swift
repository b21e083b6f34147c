/// A capture that is the same each time it is made.
enum GeneratedTraffic: String, CaseIterable {
    case mixed, syns

    /// Both are made of whole hundreds of conversations.
    func write(conversations: Int, to path: String) throws -> WrittenCapture {
        var file = try CaptureOutput(path)
        let written: WrittenCapture
        switch self {
        case .mixed:
            var traffic = MixedTraffic(seed: 1)
            written = try traffic.write(conversations: conversations, to: &file)
        case .syns:
            var scan = Scan(seed: 1)
            written = try scan.write(conversations: conversations, to: &file)
        }
        try file.finish()
        return written
    }
}

extension WrittenCapture: CustomStringConvertible {
    /// `packets 1000 conversations 100 open 79 …`: how the process that writes tells the one that asked.
    var description: String {
        let counts = verdicts.sorted { $0.key < $1.key }.map { " \($0.key) \($0.value)" }.joined()
        return "packets \(packets) conversations \(conversations)\(counts)"
    }

    init?(_ line: String) {
        let words = line.split { $0 == " " || $0 == "\n" }
        var counts: [String: Int] = [:]
        for index in stride(from: 0, to: words.count - 1, by: 2) {
            counts[String(words[index])] = Int(words[index + 1])
        }
        guard let packets = counts.removeValue(forKey: "packets"),
            let conversations = counts.removeValue(forKey: "conversations")
        else { return nil }
        self.init(packets: packets, conversations: conversations, verdicts: counts)
    }
}

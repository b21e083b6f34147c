import BenchmarkSupport
import FoundationEssentials

/// What a report says of the capture as a whole.
struct ReportedCapture: Decodable {
    var packets: Int
    var conversations: Int
    var verdicts: [String: Int]
    var others: Int
    /// Conversations that were let go before they ended.
    var cutShort: Int
    var limits: [String]

    enum CodingKeys: String, CodingKey {
        case packets, conversations, verdicts, others, limits
        case cutShort = "cut_short"
    }

    init(_ output: [UInt8]) throws {
        struct Report: Decodable {
            var capture: ReportedCapture
        }
        do {
            self = try JSONDecoder().decode(Report.self, from: Data(output)).capture
        } catch {
            throw BenchmarkError("the report of analyze cannot be read: \(error)")
        }
    }

    /// What is wrong with it; nil where it is as it must be.
    func difference(from written: WrittenCapture) -> String? {
        let counted = verdicts.values.reduce(others, +)
        if packets != written.packets { return "\(packets) packets of \(written.packets)" }
        if conversations != written.conversations {
            return "\(conversations) conversations where there are \(written.conversations)"
        }
        if counted != conversations { return "\(counted) verdicts on \(conversations) conversations" }
        // Of a scan nothing is foretold but that each has a verdict.
        guard !written.verdicts.isEmpty, verdicts != written.verdicts else { return nil }
        return "\(Self.list(verdicts)), and not \(Self.list(written.verdicts))"
    }

    static func list(_ verdicts: [String: Int]) -> String {
        verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}

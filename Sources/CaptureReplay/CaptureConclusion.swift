import Conversations
import Diagnosis

/// What an analyzer found when nothing more comes: of a whole capture, or of one share, which others are put to.
public struct CaptureConclusion: Sendable {
    var digest: CaptureDigest
    /// Packets of the files, wanted or not.
    var frames: Int
    var ledger: CaptureLedger
    var quality: CaptureQuality
    /// What fragments leave unsaid.
    var fragments: String?
    /// What address resolution shows: of the whole capture, for every share reads that.
    var link: [String]
    /// What does not come from the packets.
    var notes: [String]
    var listed: [TargetDiagnosis]
    var unlisted: Int
    var duplicates: Int
    var damaged: Damaged
    var options: CaptureAnalyzer.Options
    var startedUnixNanoseconds: Int64?
    /// With how many frames behind it each conversation began, in their order, four bytes each; kept of a share only.
    var beginnings: [UInt32]

    /// Puts another share's conclusion to this one: what it counted is added, what is alike becomes one finding, and
    /// conversations have the numbers that they have in the whole capture.
    public mutating func add(_ other: CaptureConclusion) {
        let (own, theirs) = (
            Numbers(beginnings, beside: other.beginnings), Numbers(other.beginnings, beside: beginnings)
        )
        ledger.renumber { own.number($0) }
        var others = other.ledger
        others.renumber { theirs.number($0) }
        ledger.add(others)
        digest.packets += other.digest.packets
        digest.bytes += other.digest.bytes
        digest.conversations += other.digest.conversations
        digest.cutShort += other.digest.cutShort
        quality.add(countsOf: other.quality)
        duplicates += other.duplicates
        damaged.add(other.damaged)
        // Each kept to bounds of its own.
        options.mostConversations += other.options.mostConversations
        beginnings = Numbers.merged(beginnings, other.beginnings)
    }

    /// What the report is made of.
    public var result: CaptureResult {
        var bounded = self
        if options.share != nil { bounded.ledger = ledger.bounded }
        return bounded.toldResult
    }

    private var toldResult: CaptureResult {
        var result = CaptureResult(
            digest: digest, findings: ledger.findings, diagnoses: listed,
            notes: notes + (nothingWanted.map { [$0] } ?? []),
            isByConversation: options.listsAll, startedUnixNanoseconds: startedUnixNanoseconds)
        result.digest.link = link + (ledger.addresses.note.map { [$0] } ?? [])
        result.digest.limits = limits
        result.digest.spoken = ledger.spoken
        result.digest.tap = ledger.tap
        result.digest.verdicts = ledger.verdicts
        result.digest.others = ledger.others
        result.digest.remnants = ledger.remnants
        result.digest.toGroups = ledger.toGroups
        result.digest.forgottenFindings = ledger.forgotten
        return result
    }

    /// Nothing fails among no packets, and nothing works.
    private var nothingWanted: String? {
        guard frames > 0, digest.packets == 0 else { return nil }
        return frames == 1
            ? "the capture's one packet is not what was asked for"
            : "none of the capture's \(frames) packets is what was asked for"
    }

    /// What the capture, and the bounds of what is held, leave unsaid.
    private var limits: [String] {
        var limits = ledger.limits + quality.limits
        if let fragments { limits.append(fragments) }
        if let limit = damaged.limit { limits.append(limit) }
        if duplicates > 0 {
            limits.append(
                "\(duplicates) packets are copies that the capture made (a mirror port that sees both sides, the"
                    + " 'any' device); they are counted and not judged")
        }
        if digest.cutShort > 0 {
            limits.append(
                "\(digest.cutShort) conversations had to be let go before they ended: more than"
                    + " \(options.mostConversations) were open at the same time")
        }
        if unlisted > 0 {
            limits.append("\(unlisted) conversations are not listed: more than \(options.mostListed) were asked for")
        }
        if ledger.forgotten > 0 {
            limits.append(
                "\(ledger.forgotten) conversations fail in ways of their own beyond the first"
                    + " \(options.mostFindings) findings, and are only counted")
        }
        return limits
    }
}

/// Packets that no host takes.
struct Damaged: Sendable {
    private var packets: Int
    private var firstFrame: Int

    init(_ table: ConversationTable) { (packets, firstFrame) = table.damaged }

    mutating func add(_ other: Damaged) {
        guard other.packets > 0 else { return }
        firstFrame = packets == 0 ? other.firstFrame : min(firstFrame, other.firstFrame)
        packets += other.packets
    }

    /// One sentence; nil where there are none.
    var limit: String? {
        guard packets > 0 else { return nil }
        return
            "\(packets) packet\(packets == 1 ? " has" : "s have") a wrong checksum, first frame \(firstFrame): no host takes"
            + " such, and nothing is told from them"
    }
}

/// The numbers of one share's conversations in the whole capture, where they are counted in the order of their first
/// packets.
private struct Numbers {
    private let own: [UInt32]
    private let others: [UInt32]

    init(_ own: [UInt32], beside others: [UInt32]) { (self.own, self.others) = (own, others) }

    /// - Parameter number: counted from 1 among its own.
    func number(_ number: Int) -> Int {
        guard own.indices.contains(number - 1) else { return number }
        let frame = own[number - 1]
        var (low, high) = (0, others.count)
        while low < high {
            let middle = (low + high) / 2
            if others[middle] < frame { low = middle + 1 } else { high = middle }
        }
        return number + low
    }

    static func merged(_ one: [UInt32], _ other: [UInt32]) -> [UInt32] {
        var merged: [UInt32] = []
        merged.reserveCapacity(one.count + other.count)
        var (a, b) = (0, 0)
        while a < one.count || b < other.count {
            if b >= other.count || a < one.count && one[a] <= other[b] {
                merged.append(one[a])
                a += 1
            } else {
                merged.append(other[b])
                b += 1
            }
        }
        return merged
    }
}

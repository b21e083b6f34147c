import CaptureFile
import Conversations
public import Diagnosis
import HostNetwork
import PacketWire

/// Reads a capture file and diagnoses every connection attempt in it: the same causes as a live run, with the
/// packets as the only witness.
public struct CaptureAnalysis {
    private let path: String

    public init(path: String) {
        self.path = path
    }

    /// The report. What is whole of a damaged file is diagnosed, and a note says where it ends.
    public func report() throws(ProbeFailure) -> DiagnosisReport {
        let clock = RunClock()
        let input: InputFile
        do {
            input = try InputFile(reading: path)
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        var reading = Reading()
        do {
            try input.feed { reading.read($0, isComplete: $1) }
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        reading.packing = input.problem
        if let problem = reading.problem, reading.reader.packetCount == 0, !problem.isTruncation {
            throw ProbeFailure(.missingInput, "cannot read \(path.escapedForDisplay): \(problem)")
        }
        let named = ProbedTargets.parse(reading.reader.sections.flatMap(\.comments))
        var facts = reading.table.facts(named: named, observedUntil: reading.end)
        let lost = reading.reader.interfaces.reduce(0) { $0 &+ ($1.statistics?.droppedByOS ?? 0) }
        for index in facts.indices where lost > 0 { facts[index].capturedWithLoss = true }
        return DiagnosisReport(
            run: RunInformation(
                toolVersion: ToolVersion.current, startedUnixNanoseconds: reading.start ?? clock.unixStart,
                elapsed: clock.now - .zero, witnesses: [.wire], missing: [.offlineSocket, .offlineKernel],
                captureFile: path, notes: reading.notes(lost: lost)),
            diagnoses: facts.map { $0.diagnose() })
    }

    /// The file on its way through the reader.
    private struct Reading {
        var reader = CaptureReader()
        var table = ConversationTable()
        var problem: CaptureFileError?
        var packing: InputProblem?
        var start: Int64?
        private var lastStamp: Int64 = 0
        var end = Instant.zero
        var frames = 0
        var undecoded = 0

        mutating func read(_ bytes: Span<UInt8>, isComplete: Bool) -> InputDemand {
            while true {
                let step: CaptureReader.Step
                do throws(CaptureFileError) {
                    step = try reader.next(in: bytes, isComplete: isComplete)
                } catch {
                    problem = error
                    return .done
                }
                switch step {
                case .record(let record): add(record, bytes)
                case .needsMore(let count): return .more(released: reader.releaseConsumed(), atLeast: count)
                case .end: return .done
                }
            }
        }

        private mutating func add(_ record: CaptureRecord, _ bytes: Span<UInt8>) {
            frames += 1
            // A simple packet block bears no time: it stands where the one before it stood.
            let stamp = record.timestamp?.nanosecondsSince1970 ?? lastStamp
            lastStamp = stamp
            if start == nil { start = stamp }
            let at = Instant(nanoseconds: stamp) + TimeSpan(nanoseconds: 0 &- (start ?? 0))
            end = max(end, at)
            let frame = bytes.extracting(record.frame)
            let packet = Packet.decode(frame, linkType: record.linkType, originalLength: record.originalLength)
            if packet.network == nil { undecoded += 1 }
            // Only what opens or refuses a connection is worth a checksum.
            let opens = packet.tcp.map { $0.flags.contains(.syn) || $0.flags.contains(.rst) } ?? false
            table.observe(
                packet, frame: frames, at: at, isDamaged: opens && packet.checksums(in: frame).isWrong,
                quote: PacketQuote(packet, in: frame), identifier: packet.datagramIdentifier(in: frame))
        }

        func notes(lost: UInt64) -> [String] {
            var notes: [String] = []
            if let problem {
                notes.append(
                    "the capture is damaged after \(problem.packets) whole packet\(problem.packets == 1 ? "" : "s"): \(problem)"
                )
            }
            let damage = reader.totals
            if damage.places > 0 {
                let first = reader.damage.first { !$0.isMended }.map { ", first \($0.problem)" } ?? ""
                notes.append(
                    "the capture is damaged in \(damage.places) place\(damage.places == 1 ? "" : "s"): about "
                        + "\(damage.estimatedPackets) packets (\(damage.bytes) bytes) were skipped\(first)")
            }
            if let packing { notes.append(packing.description) }
            if lost > 0 { notes.append("the capture lost \(lost) packets: absence proves little") }
            if undecoded > 0 { notes.append("\(undecoded) of \(frames) packets are no IP or could not be decoded") }
            if table.overflow > 0 { notes.append("\(table.overflow) packets of further conversations were not kept") }
            return notes
        }
    }
}

extension MissingWitness {
    static let offlineSocket = MissingWitness(
        witness: .socket, reason: "a file holds packets only",
        wouldAdd:
            "what the operating system made of the packets: whether an answer in the capture reached the application",
        grant: nil)
    static let offlineKernel = MissingWitness(
        witness: .kernel, reason: "a file holds packets only",
        wouldAdd: "routes and neighbours: why a packet never reached the wire", grant: nil)
}

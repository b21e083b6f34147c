import CaptureFile
import CaptureReplay
import Conversations
import Diagnosis
import Foundation
import PacketWire
import StallpointTestKit
import Testing

/// A frame that was damaged is no evidence: whatever bit of a header fails, the verdicts are those of the whole capture,
/// or weaker ones.
struct DamagedFrameTests {
    /// Bits that are changed of each capture, one at a time. More: `STALLPOINT_FLIPS`.
    private static let flips =
        ProcessInfo.processInfo.environment["STALLPOINT_FLIPS"].flatMap { Int($0) } ?? 2

    @Test("A bit that changed in a header brings no other sure verdict", arguments: RecordedCapture.all)
    func flipped(_ fixture: RecordedCapture) throws {
        let bytes = [UInt8](try Data(contentsOf: fixture.capture))
        let sure = Self.sure(try fixture.diagnoses())
        let headers = Self.headers(bytes)
        guard !headers.isEmpty else { return }
        var hash = FNV1a()
        hash.add(Array(fixture.name.utf8).span)
        var random = SeededGenerator(seed: hash.value)
        for _ in 0..<Self.flips {
            let header = headers[Int.random(in: headers.indices, using: &random)]
            let bit = Int.random(in: 0..<header.count * 8, using: &random)
            var changed = bytes
            changed[header.lowerBound + bit / 8] ^= 1 << UInt8(bit % 8)
            let new = Self.sure(try CaptureReplay(changed).diagnoses).subtracting(sure)
            #expect(
                new.isEmpty,
                "byte \(header.lowerBound + bit / 8), bit \(bit % 8), offset \(bit / 8) of its header")
        }
    }

    @Test(
        "Where checksums are wrong throughout, they say nothing",
        arguments: ["http-healthy", "dnsmasq-answers", "open", "chrony-answers", "http-block-page"])
    func unfilled(_ name: String) throws {
        var bytes = [UInt8](try Data(contentsOf: RecordedCapture(name: name).capture))
        let whole = try CaptureReplay(bytes).result.digest.verdicts
        for checksum in Self.checksums(bytes) { bytes[checksum] ^= 0x55 }
        let changed = try CaptureReplay(bytes).result.digest.verdicts
        #expect(changed[.open] == whole[.open] && changed[.interfered] == whole[.interfered])
    }

    @Test("Where all checksums are wrong, because addresses were changed, the first packet counts as well")
    func wrongFromTheFirst() throws {
        var bytes = Self.exchange
        let whole = try CaptureReplay(bytes).result
        for checksum in Self.checksums(bytes) { bytes[checksum] ^= 0x55 }
        let changed = try CaptureReplay(bytes).result
        #expect(changed.diagnoses.map(\.verdict) == whole.diagnoses.map(\.verdict) && !whole.diagnoses.isEmpty)
        #expect(
            changed.diagnoses.map { $0.conversation?.analysis?.completeness }
                == whole.diagnoses.map { $0.conversation?.analysis?.completeness })
    }

    @Test("A damaged frame is named, and counted where it belongs")
    func named() throws {
        var bytes = Self.exchange
        let last = try #require(Self.headers(bytes).last)
        bytes[last.upperBound] ^= 1
        let result = try CaptureReplay(bytes).result
        #expect(result.digest.limits.contains { $0.hasPrefix("1 packet has a wrong checksum, first frame 5") })
        #expect(result.diagnoses.count == 1 && result.diagnoses[0].confidence <= .likely)
    }

    /// A request and its answer.
    private static let exchange: [UInt8] = {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.server(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
        return connection.captureFile
    }()

    /// What is told as sure, or of which nothing else could be the reason.
    private static func sure(_ diagnoses: [TargetDiagnosis]) -> Set<String> {
        var sure: Set<String> = []
        for diagnosis in diagnoses where diagnosis.confidence >= .strong {
            let zones = diagnosis.zones.map(\.rawValue).sorted().joined(separator: " ")
            sure.insert(
                "\(diagnosis.target.input) \(diagnosis.verdict.rawValue) \(diagnosis.stage?.rawValue ?? "")"
                    + " \(diagnosis.mechanism?.rawValue ?? "") \(zones)")
        }
        return sure
    }

    /// Where headers stand in the file that a checksum protects: of IPv6's own header, the addresses alone are part of
    /// the transport's (RFC 8200 section 8.1), and the link's CRC looks after the rest.
    private static func headers(_ capture: [UInt8]) -> [Range<Int>] {
        var headers: [Range<Int>] = []
        var reader = CaptureReader()
        let span = capture.span
        while case .record(let record)? = try? reader.next(in: span, isComplete: true) {
            let frame = span.extracting(record.frame)
            let packet = Packet.decode(frame, linkType: record.linkType, originalLength: record.originalLength)
            guard packet.encapsulations.total == 0, packet.checksums(in: frame).transport == .valid else { continue }
            let start = record.frame.lowerBound
            let first = packet.networkOffset + (packet.family == .v6 ? 8 : 0)
            headers.append(start + first..<start + packet.payload.lowerBound)
        }
        return headers
    }

    /// The last byte of each transport checksum that is right.
    private static func checksums(_ capture: [UInt8]) -> [Int] {
        var places: [Int] = []
        var reader = CaptureReader()
        let span = capture.span
        while case .record(let record)? = try? reader.next(in: span, isComplete: true) {
            let frame = span.extracting(record.frame)
            let packet = Packet.decode(frame, linkType: record.linkType, originalLength: record.originalLength)
            guard packet.checksums(in: frame).transport == .valid else { continue }
            let field = packet.tcp != nil ? 17 : packet.udp != nil ? 7 : 3
            places.append(record.frame.lowerBound + packet.transportOffset + field)
        }
        return places
    }
}

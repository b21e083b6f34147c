import CaptureFile
import CaptureReplay
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
        let sure = try Self.sure(bytes)
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
            let new = try Self.sure(changed).subtracting(sure)
            #expect(
                new.isEmpty,
                "byte \(header.lowerBound + bit / 8), bit \(bit % 8), offset \(bit / 8) of its header")
        }
    }

    /// What is told as sure, or of which nothing else could be the reason.
    private static func sure(_ capture: [UInt8]) throws -> Set<String> {
        var sure: Set<String> = []
        for diagnosis in try CaptureReplay(capture).diagnoses where diagnosis.confidence >= .strong {
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
}

import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

/// Records that are read the short way are those that are read in full.
struct UsualRecordTests {
    private struct Reading: Equatable {
        var records: [String] = []
        var problem: String?
        var damage = 0
    }

    /// - Parameter isShort: what can be read the short way is.
    private func read(_ bytes: [UInt8], isShort: Bool, usual: inout Int) -> Reading {
        var reader = CaptureReader()
        var reading = Reading()
        var place: CaptureRecord?
        do throws(CaptureFileError) {
            while true {
                if isShort, var record = place, let stamp = reader.readUsual(in: bytes.span, into: &record) {
                    #expect(record.timestamp?.nanosecondsSince1970 == stamp)
                    usual += 1
                    reading.records.append("\(record)")
                    continue
                }
                guard case .record(let record) = try reader.next(in: bytes.span) else { break }
                place = record
                reading.records.append("\(record)")
            }
        } catch {
            reading.problem = "\(error)"
        }
        reading.damage = reader.totals.places
        return reading
    }

    private func expectSame(_ bytes: [UInt8], _ note: String) -> Int {
        var usual = 0
        let (short, full) = (read(bytes, isShort: true, usual: &usual), read(bytes, isShort: false, usual: &usual))
        #expect(short == full, "\(note)")
        return usual
    }

    @Test("Generated traffic, whole and damaged")
    func generated() {
        var random = SeededGenerator(seed: 17)
        let file = GeneratedTraffic(seed: 5, conversations: 20).captureFile
        #expect(expectSame(file, "whole") > 50)
        for round in 0..<400 {
            let mutation = MutationTests.Mutation.allCases.randomElement(using: &random)!
            _ = expectSame(mutation.applied(to: file, using: &random), "\(round): \(mutation)")
        }
    }

    @Test("Every small file there is")
    func files() {
        for file in MutationTests.files { _ = expectSame(file.bytes, file.name) }
    }
}

public import CaptureFile

/// A capture whose packets stand in the file in another order than they were seen in, as several processors and
/// interfaces write them; their times are as they were.
public enum ShuffledCapture {
    /// - Parameters:
    ///   - file: a pcap file, or a pcapng file whose packets are in enhanced packet blocks.
    ///   - lateness: how late a packet is written at the most, in nanoseconds.
    public static func make(_ file: [UInt8], lateness: Int64, seed: UInt64) throws(CaptureFileError) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var reader = CaptureReader()
        var records: [(written: Int64, bytes: ArraySlice<UInt8>)] = []
        while case .record(let record) = try reader.next(in: file.span) {
            let length =
                reader.format == .pcap
                ? 16 + record.frame.count : Int(file.span.littleEndian32(at: record.offset + 4))
            let stamp = record.timestamp?.nanosecondsSince1970 ?? 0
            records.append(
                (stamp + Int64.random(in: 0...lateness, using: &random), file[record.offset..<record.offset + length]))
        }
        guard let first = records.first?.bytes.startIndex else { return file }
        var result = Array(file[..<first])
        var end = first
        // What stands between packets stays where it is, behind those that were before it.
        for record in records.sorted(by: { $0.written < $1.written }) { result += record.bytes }
        for record in records.sorted(by: { $0.bytes.startIndex < $1.bytes.startIndex }) {
            result += file[end..<record.bytes.startIndex]
            end = record.bytes.endIndex
        }
        return result + file[end...]
    }
}

extension Span<UInt8> {
    fileprivate func littleEndian32(at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[index + $1]) << UInt32(8 * $1) }
    }
}

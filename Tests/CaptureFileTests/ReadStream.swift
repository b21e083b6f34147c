import CaptureFile

/// Reads like a program at the end of a pipe: pieces of random size, consumed bytes dropped at once, the end
/// known only when nothing more comes.
func readStream(
    _ bytes: [UInt8], using generator: inout some RandomNumberGenerator
) -> (packets: [CaptureFile.Packet], problem: CaptureFileError?) {
    var reader = CaptureReader()
    var window: [UInt8] = []
    var taken = 0
    var packets: [CaptureFile.Packet] = []
    do throws(CaptureFileError) {
        while true {
            switch try reader.next(in: window.span, isComplete: taken == bytes.count) {
            case .record(let record):
                packets.append(
                    CaptureFile.Packet(
                        number: record.number, bytes: Array(window[record.frame]),
                        originalLength: record.originalLength, timestamp: record.timestamp,
                        interface: record.interface, options: record.options(in: window.span)))
            case .needsMore(let count):
                window.removeFirst(reader.releaseConsumed())
                // Sometimes less than asked for: a pipe gives what it has.
                let piece = min(bytes.count - taken, Int.random(in: 1...max(1, count + 40), using: &generator))
                window += bytes[taken..<taken + piece]
                taken += piece
            case .end: return (packets, nil)
            }
        }
    } catch {
        return (packets, error)
    }
}

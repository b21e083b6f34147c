import BenchmarkSupport
import CPacketSender
import CaptureFile
import Glibc
import HostNetwork

/// One recording while packets are sent.
struct Trial {
    var rate: Double
    var seconds: Double
    var length: Int
    var conversations: Int

    struct Result {
        var offered: Int
        var offeredRate: Double
        /// Of what was offered, in the file.
        var recorded: Int
        var saidLost: Int?
        var processorSeconds: Double

        var missing: Int { offered - recorded }
    }

    func run(_ tool: RecorderTool, from interface: String, folder: String) throws -> Result {
        unlink(tool.file)
        defer { unlink(tool.file) }
        let log = "\(folder)/said"
        let descriptor = open(log, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchmarkError("cannot write \(log)") }
        defer { close(descriptor) }
        let line = tool.line.map { $0 == "FILE" ? tool.file : $0 }
        let process = Self.start(line, descriptor)
        guard process > 0 else { throw BenchmarkError("cannot start \(line[0])") }
        try Self.wait { Self.contents(descriptor).contains(tool.listens) }
        usleep(300_000)

        let started = Clock.monotonicNanoseconds()
        let sent = cps_send(interface, rate, Int64(rate * seconds), Int32(length), UInt32(conversations))
        let took = Double(Clock.monotonicNanoseconds() - started) / 1e9
        guard sent >= 0 else { throw BenchmarkError("cannot send on \(interface)") }
        // The last block that the kernel hands over, and the disk.
        usleep(700_000)
        kill(process, SIGINT)
        var status: Int32 = 0
        let microseconds = cps_wait(process, &status)
        let said = Self.contents(descriptor)
        guard status == 0 else { throw BenchmarkError("\(line[0]) ended with \(status): \(said)") }
        return Result(
            offered: Int(sent), offeredRate: Double(sent) / took, recorded: try Self.packets(in: tool.file),
            saidLost: tool.lost(in: said), processorSeconds: Double(microseconds) / 1e6)
    }

    private static func start(_ line: [String], _ error: Int32) -> Int32 {
        let arguments = line.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        var list = arguments.map { UnsafePointer($0) }
        list.append(nil)
        return cps_start(&list, error)
    }

    /// Ten seconds are enough for any of them to begin.
    private static func wait(_ condition: () -> Bool) throws {
        for _ in 0..<100 {
            if condition() { return }
            usleep(100_000)
        }
        throw BenchmarkError("a recorder does not begin")
    }

    private static func contents(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Whole packets in a file that are of those that were sent.
    private static func packets(in path: String) throws -> Int {
        try InputFile(reading: path).withBytes { bytes in
            var reader = CaptureReader()
            var count = 0
            while case .record(let record) = try reader.next(in: bytes, isComplete: true) {
                // 10.9.0.2 is the destination of all of them.
                guard record.frame.count >= 34 else { continue }
                let start = record.frame.lowerBound + 30
                if bytes[start] == 10, bytes[start + 1] == 9, bytes[start + 2] == 0, bytes[start + 3] == 2 {
                    count += 1
                }
            }
            return count
        }
    }
}

import BenchmarkSupport
import Glibc
import HostNetwork

/// One run of a command as a client of the lab.
struct LabRun {
    var status: Int32
    var wallSeconds: Double
    var firstOutputSeconds: Double?
    var peakMegabytes: Double
    /// Packets that left through the client's interface meanwhile.
    var packetsSent: Int
    var output: [UInt8]
}

/// Measures commands inside the lab, where probing reaches nobody else.
///
/// This program starts itself there, so that neither the making of the lab nor this process's memory are counted
/// with the command: the inner one measures and writes what it found into files.
struct LabMeasurement {
    /// The lab's client talks to the others through this.
    static let clientInterface = "eth0"

    var stallpoint: String
    /// The path of this program.
    var program: String
    /// Holds the results while they are read.
    var folder: String

    /// Runs `command` several times, each in a lab of its own: routers answer a few packets a second and
    /// remember, so that a run would find less of the path after another one.
    func runs(_ runs: Int, of command: [String], in scenario: String) throws -> [LabRun] {
        try (0..<runs).map { _ in
            let outer = [stallpoint, "lab", "run", scenario, "--", program, "inside", resultPath] + command
            guard let measured = Measured(outer) else { throw BenchmarkError("cannot start \(stallpoint)") }
            guard measured.status == 0 else {
                throw BenchmarkError(
                    "no measurement in the lab (status \(measured.status)); try: "
                        + "\(stallpoint) lab run \(scenario) -- \(command.joined(separator: " "))")
            }
            return try Self.read(resultPath)
        }
    }

    private var resultPath: String { "\(folder)/run" }

    /// What the inner process does: one run, written to the first argument's file.
    static func inside(_ arguments: [String]) throws {
        guard arguments.count > 1 else { throw BenchmarkError("inside: wrong arguments") }
        let command = Array(arguments[1...])
        let before = try packetsSent()
        guard let measured = Measured(command, keepsOutput: true) else {
            throw BenchmarkError("cannot start \(command[0])")
        }
        let sent = try packetsSent() - before
        let first = measured.firstOutputSeconds.map { String($0) } ?? "-"
        let line = "\(measured.status) \(measured.wallSeconds) \(first) \(measured.peakMegabytes) \(sent)\n"
        let file = try ReplacingFile(replacing: arguments[0])
        try file.append(Array(line.utf8).span)
        try file.append(measured.output.span)
        try file.commit()
    }

    private static func read(_ path: String) throws -> LabRun {
        let bytes = try contents(of: path)
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        let fields = line.split(separator: " ")
        guard fields.count == 5, let status = Int32(fields[0]), let wall = Double(fields[1]),
            let peak = Double(fields[3]), let sent = Int(fields[4])
        else { throw BenchmarkError("no result in \(path)") }
        return LabRun(
            status: status, wallSeconds: wall, firstOutputSeconds: Double(fields[2]), peakMegabytes: peak,
            packetsSent: sent, output: Array(bytes.dropFirst(line.utf8.count + 1)))
    }

    /// The kernel's count for the client's interface, of the namespace that this process is in: the second
    /// group of eight numbers in `/proc/net/dev` is what was sent, bytes and then packets.
    private static func packetsSent() throws -> Int {
        let table = String(decoding: try contents(of: "/proc/net/dev"), as: UTF8.self)
        for line in table.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == clientInterface else { continue }
            let numbers = parts[1].split(separator: " ")
            guard numbers.count > 9, let count = Int(numbers[9]) else { break }
            return count
        }
        throw BenchmarkError("no interface \(clientInterface) in /proc/net/dev: is this the lab?")
    }

    private static func contents(of path: String) throws -> [UInt8] {
        try InputFile(reading: path).withBytes { bytes in
            var copy: [UInt8] = []
            copy.reserveCapacity(bytes.count)
            for index in bytes.indices { copy.append(bytes[index]) }
            return copy
        }
    }
}

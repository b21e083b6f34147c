import BenchmarkSupport
import Glibc

/// A generated capture, and what is known to be in it.
struct MeasuredCapture {
    var path: String
    var written: WrittenCapture

    var megabytes: Double {
        var status = stat()
        return stat(path, &status) == 0 ? Double(status.st_size) / 1_048_576 : .nan
    }

    func remove() { unlink(path) }
}

/// Makes captures, and runs programs on them.
struct Workshop {
    var stallpoint: String
    /// The path of the walk in C, and of this program.
    var walk: String
    var program: String
    var folder: String

    /// In a process of its own: a child's memory counts what this one has when it is started.
    func capture(_ traffic: GeneratedTraffic, conversations: Int) throws -> MeasuredCapture {
        let path = "\(folder)/\(traffic)-\(conversations).pcap"
        say("== Writing a capture of \(conversations) conversations\n", to: 2)
        let command = [program, "generate", traffic.rawValue, String(conversations), path]
        guard let run = Measured(command, keepsOutput: true), run.status == 0,
            let written = WrittenCapture(String(decoding: run.output, as: UTF8.self))
        else { throw BenchmarkError("cannot write a capture to \(folder): is there room?") }
        return MeasuredCapture(path: path, written: written)
    }

    /// Runs a command; fails with its line where it does.
    func run(
        _ command: [String], keepsOutput: Bool = false, statuses: ClosedRange<Int32> = 0...0
    ) throws -> Measured {
        guard let run = Measured(command, keepsOutput: keepsOutput), statuses.contains(run.status) else {
            throw BenchmarkError("this failed: \(command.joined(separator: " "))")
        }
        return run
    }

    // MARK: What is right

    /// What `analyze` says of a capture, held against what was written.
    func check(_ capture: MeasuredCapture) throws -> ReportedCapture {
        let run = try run(
            [stallpoint, "analyze", capture.path, "--format", "json"], keepsOutput: true, statuses: 0...2)
        let reported = try ReportedCapture(run.output)
        if let difference = reported.difference(from: capture.written) {
            throw BenchmarkError("analyze is wrong: \(difference)")
        }
        return reported
    }

    /// The walk finds the same conversations, or it is no measure.
    func checkWalk(_ capture: MeasuredCapture) throws {
        let run = try run([walk, capture.path], keepsOutput: true)
        let said = String(decoding: run.output, as: UTF8.self)
        let expected = "\(capture.written.packets) packets, \(capture.written.conversations) flows\n"
        guard said == expected else { throw BenchmarkError("the walk in C is wrong: \(said)") }
    }

    // MARK: The machine

    /// `taskset` and the first of the processors that this process may use.
    static func onOneCore() throws -> [String] {
        let status = String(decoding: try contents(of: "/proc/self/status"), as: UTF8.self)
        let lists = status.split(separator: "\n").filter { $0.hasPrefix("Cpus_allowed_list:") }
        let first = lists.first?.drop { !$0.isNumber }.prefix { $0.isNumber }
        guard let first, !first.isEmpty else { throw BenchmarkError("cannot tell which processors may be used") }
        return ["taskset", "-c", String(first)]
    }

    private static func contents(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkError("cannot read \(path)") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    static var ownMegabytes: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return Double(usage.ru_maxrss) / 1_024
    }
}

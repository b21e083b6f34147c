import BenchmarkSupport
import Glibc

/// Prints what probing and decoding cost. Missing a goal is a result; only what could not be measured is an error.
@main
struct ProbeBenchmark {
    private var stallpoint = ""
    private var scenarios = ""
    private var runs = 5
    private var packets = 1_000_000

    static func main() {
        measure { arguments in
            if arguments.first == "inside" {
                try LabMeasurement.inside(Array(arguments.dropFirst()))
            } else {
                try ProbeBenchmark(arguments).run()
            }
        }
    }

    private init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchmarkError("\(option) needs a value") }
            switch option {
            case "--stallpoint": stallpoint = value
            case "--scenarios": scenarios = value
            case "--runs": runs = try number(value, option, 1...10_000_000)
            case "--packets": packets = try number(value, option, 1...10_000_000)
            default: throw BenchmarkError("unknown option \(option); there are --runs and --packets")
            }
        }
        guard !stallpoint.isEmpty, !scenarios.isEmpty else {
            throw BenchmarkError("--stallpoint and --scenarios are needed; scripts/bench gives them")
        }
    }

    private func run() throws {
        let program = try ownProgram()
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let folder = scratch.path

        var tools = Tools()
        let lab = LabMeasurement(stallpoint: stallpoint, program: program, folder: folder)
        // Probing first: decoding makes this process large.
        say("== Probing in the lab, \(runs) runs each\n", to: 2)
        let probing = try ProbeFigures(lab: lab, runs: runs, scenarios: scenarios).all(&tools)
        say("== Decoding \(packets) packets, \(runs) runs each\n", to: 2)
        let decoding = try DecodeFigures(stallpoint: stallpoint, folder: folder, runs: runs, packets: packets)
            .all(&tools)

        say(FigureTable(figures: probing + decoding).text + notes(missing: tools.missing), to: 1)
    }

    private func notes(missing: [String]) -> String {
        let installed = missing.isEmpty ? "" : "Not installed, so not compared: \(missing.joined(separator: ", ")).\n"
        return """

            The verdict is the median's. The ratio is this tool's median to the peer's: below 1 is less.
            The peers do not do the same: nmap and nc say whether a port answers, not where it stalls; tcpdump
            copies what it reads and decodes nothing; tshark decodes more layers, and prints a field.
            Probing: \(runs) runs (3 at the most of 200 targets), wall-clock time and memory of the whole process.
            Decoding: processor time over \(GeneratedCapture.frameLength)-byte frames; other programs' without their \
            start; analyze with it.
            \(installed)
            """
    }
}

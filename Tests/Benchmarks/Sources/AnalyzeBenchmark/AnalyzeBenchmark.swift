import BenchmarkSupport
import Glibc

/// Prints how fast `stallpoint analyze` reads a capture, beside a walk in C that makes nothing of it and beside other
/// tools that follow connections; and holds what it answers against what was written into the capture.
@main
struct AnalyzeBenchmark {
    private var stallpoint = ""
    private var runs = 5
    private var conversations = 100_000
    private var isLarge = false

    static func main() {
        measure { arguments in
            if arguments.first == "generate" {
                try generate(Array(arguments.dropFirst()))
            } else {
                try AnalyzeBenchmark(arguments).run()
            }
        }
    }

    private init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            if option == "--large" {
                isLarge = true
                continue
            }
            guard let value = rest.popFirst() else { throw BenchmarkError("\(option) needs a value") }
            switch option {
            case "--stallpoint": stallpoint = value
            case "--runs": runs = try number(value, option, 1...50)
            case "--conversations": conversations = try Self.conversations(value, option)
            default:
                throw BenchmarkError("unknown option \(option); there are --runs, --conversations and --large")
            }
        }
        guard !stallpoint.isEmpty else {
            throw BenchmarkError("--stallpoint is needed; scripts/bench-analyze gives it")
        }
    }

    private static func conversations(_ text: String, _ option: String) throws -> Int {
        let number = try BenchmarkSupport.number(text, option, Mix.conversations...10_000_000)
        guard number % Mix.conversations == 0 else {
            throw BenchmarkError("\(option) takes whole hundreds: each holds some of every kind")
        }
        return number
    }

    /// Writes a capture to be looked at, and says what is in it: `generate mixed 100000 FILE`.
    private static func generate(_ arguments: [String]) throws {
        guard arguments.count == 3, let traffic = GeneratedTraffic(rawValue: arguments[0]) else {
            let kinds = GeneratedTraffic.allCases.map(\.rawValue).joined(separator: " or ")
            throw BenchmarkError("generate takes \(kinds), a number of conversations and a file")
        }
        let count = try conversations(arguments[1], "generate")
        say("\(try traffic.write(conversations: count, to: arguments[2]))\n")
    }

    private func run() throws {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let program = try ownProgram()
        let folder = program.prefix(upTo: program.lastIndex(of: "/") ?? program.startIndex)
        let workshop = Workshop(
            stallpoint: stallpoint, walk: "\(folder)/CFlowWalk", program: program, folder: scratch.path)
        let small = try workshop.capture(.mixed, conversations: conversations)
        let speeds = try SpeedComparison(workshop: workshop, capture: small, runs: runs).all()
        say(speeds.text)
        if isLarge { say(try GrowthFigures(workshop: workshop, small: small, runs: min(runs, 3)).text()) }
        say(
            """

            Every count of verdicts that analyze gave is the one that was generated.
            Memory is the largest at any moment, a mapped file's pages included; less than this program's own,
            \(Workshop.ownMegabytes.threeDigits) MB, cannot be told. The tools do not do the same: see each one's manual.

            """)
        guard !isLarge else { return }
        say("With --large: ten times as many packets, and five million SYNs: minutes, and 1.2 GB of disk.\n")
    }
}

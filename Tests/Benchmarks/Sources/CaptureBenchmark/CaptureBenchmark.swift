import BenchmarkSupport
import Glibc

/// Prints how many packets a second each recorder writes without losing one: the same packets, over a pair of
/// interfaces in a network namespace of its own, at rising rates.
@main
struct CaptureBenchmark {
    private var stallpoint = ""
    private var seconds = 2.0
    private var length = 128
    private var conversations = 10_000
    private var runs = 1
    private var rates: [Double] = [100_000, 200_000, 300_000, 400_000, 600_000]

    static func main() {
        measure { arguments in
            let isInside = arguments.first == "inside"
            let arguments = isInside ? Array(arguments.dropFirst()) : arguments
            let benchmark = try CaptureBenchmark(arguments)
            if isInside { try benchmark.run() } else { try enter(arguments) }
        }
    }

    private init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchmarkError("\(option) needs a value") }
            switch option {
            case "--stallpoint": stallpoint = value
            case "--seconds": seconds = try number(value, option, 0.1...30)
            case "--length": length = Int(try number(value, option, 60...1_514))
            case "--conversations": conversations = Int(try number(value, option, 1...1_000_000))
            case "--runs": runs = Int(try number(value, option, 1...20))
            case "--rates":
                rates = try value.split(separator: ",").map { try number(String($0), option, 1_000...5_000_000) }
            default:
                throw BenchmarkError(
                    "unknown option \(option); there are --rates, --seconds, --length, --conversations and --runs")
            }
        }
        guard !stallpoint.isEmpty else {
            throw BenchmarkError("--stallpoint is needed; scripts/bench-capture gives it")
        }
    }

    /// Starts this program again where it can reach nobody.
    private static func enter(_ arguments: [String]) throws {
        let program = try ownProgram()
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
        let line = ["unshare"] + user + ["--net", "--kill-child", "--fork", program, "inside"] + arguments
        var list = line.map { strdup($0) } + [nil]
        execvp("unshare", &list)
        throw BenchmarkError("cannot start unshare")
    }

    private func run() throws {
        for line in [
            "link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
        ] where system("ip \(line)") != 0 { throw BenchmarkError("no pair of interfaces: it needs root") }
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let folder = scratch.path
        let tools = RecorderTool.all(stallpoint: stallpoint, interface: "v1", folder: folder)
        say("\(length)-byte packets of \(conversations) conversations for \(Self.short(seconds)) s each\n\n")
        say(
            Self.row(["recorder", "asked/s", "offered/s", "offered", "in file", "missing", "said lost", "cpu s"]) + "\n"
        )
        for rate in rates {
            for tool in tools where tool.isInstalled {
                for _ in 0..<runs {
                    let trial = Trial(rate: rate, seconds: seconds, length: length, conversations: conversations)
                    let result = try trial.run(tool, from: "v0", folder: folder)
                    say(
                        Self.row([
                            tool.name, String(Int(rate)), String(Int(result.offeredRate)), String(result.offered),
                            String(result.recorded), String(result.missing),
                            result.saidLost.map(String.init) ?? "-", Self.short(result.processorSeconds),
                        ]) + "\n")
                }
            }
        }
        for tool in tools where !tool.isInstalled { say("Not installed, so not compared: \(tool.name)\n") }
        say(
            """

            Packets cross a pair of interfaces in a network namespace of their own. What is missing of --handshakes is \
            left out on purpose; what was lost is what it says. The sender and the recorder share this machine's \
            processors, so that less may be offered than was asked for.

            """)
    }

    private static func short(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    private static func row(_ cells: [String]) -> String {
        let widths = [34, 9, 9, 9, 9, 9, 9, 6]
        return cells.enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }.joined(separator: "  ")
    }
}

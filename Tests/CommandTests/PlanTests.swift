import Foundation
import StallpointTestKit
import Testing

/// `probe --plan` says what would be sent and sends nothing; `--thorough` is taken with and without it.
@Suite("plan", .enabled(if: Command.isIsolated, "no network namespaces"))
struct PlanTests {
    static let here = "127.0.0.1:1"

    static let cases: [CommandCase] = [
        CommandCase(["probe", "--plan", here], 0, output: .text),
        CommandCase(["probe", "--plan", "--thorough", here, "[::1]:53/udp"], 0, output: .text),
        CommandCase(["probe", "--plan", "--no-trace", "--no-capture", here], 0, output: .text),
        // Nobody is asked for the name.
        CommandCase(["probe", "--plan", "nothing.invalid:443"], 0, output: .text),
        CommandCase(["probe", "--thorough", here], 1, output: .text),
        CommandCase(["probe", "--thorough", "--no-capture", "--format", "json", here], 1, output: .json),
        CommandCase(["probe", "--plan"], 64, "say what to connect to", lines: 2),
        CommandCase(["probe", "--plan", "127.0.0.1:0"], 64, "port 0 is not between 1 and 65535"),
        CommandCase(["probe", "--plan", here, "a\u{1B}[31mb:22"], 64, "a\\x1b[31mb"),
        CommandCase(["probe", "--plan", "-4", "[::1]:1"], 64, "cannot be probed with -4"),
        CommandCase(["probe", "--plan", "--timeout=0", here], 64, "--timeout is between 0.1 and 600", lines: 2),
    ]

    @Test("what it takes and what it refuses", arguments: cases)
    func plan(_ item: CommandCase) async throws { try await item.run() }

    /// The counters of the namespace before and after: with `--plan` none has moved, without it some have.
    @Test("nothing is sent", arguments: [true, false])
    func sendsNothing(isPlan: Bool) async throws {
        let outcome = try await Command.shell(
            """
            ip link set lo up 2>/dev/null
            count() { grep -h -E '^(Ip|Udp|Tcp|Icmp):|^(Ip6OutRequests|Udp6OutDatagrams|Icmp6OutMsgs)' /proc/net/snmp /proc/net/snmp6; }
            count > before; "$0" probe \(isPlan ? "--plan" : "") 127.0.0.1:1 127.0.0.1:53/udp > text; echo $? > status
            count > after; cat status; cmp -s before after && echo same || echo different
            """, in: ScratchFolder())
        #expect(outcome.status == 0)
        #expect(outcome.outputText == (isPlan ? "0\nsame\n" : "1\ndifferent\n"), "\(outcome.errorText)")
    }

    @Test("the plan names its target, its budget and its end")
    func content() async throws {
        for (arguments, packets) in [([], 120), (["--thorough"], 240)] {
            let outcome = try await Command.run(["probe", "--plan"] + arguments + [Self.here], in: ScratchFolder())
            outcome.expectDecent(status: 0, errorLines: 0, output: .text)
            #expect(outcome.outputText.hasPrefix("\(Self.here): at most \(packets) packets, 20 a second\n"))
            #expect(outcome.outputText.hasSuffix("Nothing was sent.\n"))
        }
    }
}

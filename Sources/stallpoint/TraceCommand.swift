import ArgumentParser
import Conversations
import Engine
import PacketWire
import Probing

/// `stallpoint trace`: the path, hop by hop, with the target's own kind of packet.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "The path, hop by hop, with the target's own kind of packet.",
        discussion: """
            Walks the path of TARGET (as 'probe' takes it) with packets of its own kind, and beside it that of a \
            control: another port of the host, or echo. The verdict stands under the table.

            Routers send one host only a few ICMP errors a second, so more than three rounds take two seconds each.

            With --source-port every hop is asked from that port. Without a capture one hop is asked after another then, \
            for only one socket at a time may connect from it, and a hop that keeps silent takes a third of a second.
            """)

    @Argument(help: ArgumentHelp("Where to.", valueName: "target"))
    var targets: [String] = []

    @OptionGroup var origin: Origin

    @OptionGroup var patience: Patience

    @Option(name: .long, help: ArgumentHelp("How often each hop is asked, 1 to 100.", valueName: "count"))
    var rounds = 3

    @Option(name: .long, help: ArgumentHelp("The longest path, 1 to 64 hops.", valueName: "hops"))
    var maxHops = 30

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What datagrams bear: a service's question by its name, hex:DIGITS, text:WORDS or @file (default: by the port).",
            valueName: "payload"))
    var payload: String?

    @Option(
        name: [.customShort("w"), .long], help: ArgumentHelp("Keep the packets (.pcap or .pcapng).", valueName: "file"))
    var write: String?

    @Flag(name: [.customShort("n"), .long], help: "Ask the resolver for the names of the hops.")
    var names = false

    @Flag(name: .long, help: "Do not capture, even where it is permitted.")
    var noCapture = false

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !targets.isEmpty else { throw ValidationError("say where to: host:port") }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds is between 1 and 100") }
        guard (1...64).contains(maxHops) else { throw ValidationError("--max-hops is between 1 and 64") }
        if write == "" { throw ValidationError("-w is the name of a file") }
        try report.validate(beside: write)
        if let payload, let problem = PayloadOption.problem(payload) { throw ValidationError(problem) }
        if noCapture, write != nil { throw ValidationError("--no-capture and -w exclude each other") }
    }

    func run() throws {
        try orFail {
            var request = try origin.request(for: targets)
            request.wantsCapture = !noCapture
            request.captureFile = write
            request.settings.longestPath = maxHops
            var trace = TraceSettings()
            trace.rounds = rounds
            if let span = patience.span {
                request.settings.wait(span)
                trace.roundPatience = span
            }
            request.trace = trace
            request.wantsNames = names
            if let payload {
                guard request.has(.udp) else {
                    throw CommandFailure(ExitStatus.usage, "--payload is for UDP, and no target is (HOST:PORT/udp)")
                }
                request.payload = try PayloadOption.choice(payload, most: PayloadChoice.mostBytes)
            }
            try ProbeSession(request: request, report: report).run()
        }
    }
}

import ArgumentParser
import Conversations
import Diagnosis
import Engine
import HostNetwork
import PacketWire
import Probing
import Reporting

/// `stallpoint probe`: attempt connections, capture them, say where each stalls.
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Attempt connections, capture them, say where each stalls.",
        discussion: """
            TARGET is host:port, host:22,80,8000-8010, [2001:db8::1]:443, [fe80::1%eth0]:22, host:53/udp, \
            tcp://host:port, udp://host:port or 192.0.2.0/28:22. Several targets are probed together.

            quic://host asks for a version that nobody speaks, which every QUIC server answers. dns://server/name?type=MX \
            asks a DNS server over UDP and TCP, and with room for a long answer.

            tls://host:port goes on to TLS behind the handshake, https://host/path and http://host/path to a request \
            and its answer; smtp://host, imap://host and pop3://host go to TLS by the service's own command. Of ssh://user@host, \
            postgres://user:password@host/database and the like only the place counts.
            """)

    @Argument(help: ArgumentHelp("What to connect to.", valueName: "target"))
    var targets: [String] = []

    @OptionGroup var origin: Origin

    @OptionGroup var patience: Patience

    @Option(
        name: [.customShort("w"), .long], help: ArgumentHelp("Keep the packets (.pcap or .pcapng).", valueName: "file"))
    var write: String?

    @Flag(name: .long, help: "Do not walk the path hop by hop.")
    var noTrace = false

    @Flag(name: .long, help: "Do not capture, even where it is permitted.")
    var noCapture = false

    @Flag(name: .long, help: "Spend twice as many packets, and look behind open ports, too.")
    var thorough = false

    @Flag(name: .long, help: "Measure the largest packet that the path takes, to the byte.")
    var mtu = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Hold connections quiet for so long, beside each other, and see which are still there: 30,60,300.",
            valueName: "seconds"))
    var idle: String?

    @Flag(name: .long, help: "Print what would be sent, and send nothing.")
    var plan = false

    @OptionGroup(title: "Behind the handshake") var dialogue: DialogueOptions

    @OptionGroup(title: "Behind the handshake") var secure: SecureOptions

    @OptionGroup(title: "Behind the handshake") var proxy: ProxyOptions

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !targets.isEmpty else {
            // The target has become the file's name.
            let hint = report.json.map { _ in "; --json takes a file, and --format json prints" } ?? ""
            throw ValidationError("say what to connect to: host:port\(hint)")
        }
        if let idle, Self.times(idle) == nil {
            throw ValidationError(
                "--idle is a list of whole seconds, 1 to 32767, at most \(IdleProbe.most) of them: 30,60,300")
        }
        if write == "" { throw ValidationError("-w is the name of a file") }
        if plan, write != nil || report.output != nil || report.format != .text {
            throw ValidationError("--plan sends nothing, so there is no report: it goes without -w, -o and --format")
        }
        try report.validate(beside: write)
        if noCapture, write != nil { throw ValidationError("--no-capture and -w exclude each other") }
    }

    func run() throws {
        if plan {
            return try orFail {
                let request = try request()
                try StandardStream.output.write(
                    PlanText(targets: request.targets, settings: request.settings, isThorough: thorough).text)
            }
        }
        try orFail { try ProbeSession(request: request(), report: report).run() }
    }

    /// `30,60,300`; nil where it is not that. Keep-alive has whole seconds.
    private static func times(_ text: String) -> [TimeSpan]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int64($0) }
        guard (1...IdleProbe.most).contains(parts.count) else { return nil }
        var times: [TimeSpan] = []
        for part in parts {
            guard let part, (1...32_767).contains(part) else { return nil }
            times.append(.seconds(part))
        }
        return times
    }

    /// The command line, read into types.
    private func request() throws -> ProbeRequest {
        var request = try origin.request(for: targets)
        try dialogue.apply(to: &request, usesTLS: secure.tls)
        try proxy.apply(to: &request)
        try secure.apply(to: &request)
        request.wantsCapture = !noCapture
        request.captureFile = write
        request.settings.walksLadder = !noTrace
        request.settings.measuresPathSize = mtu
        request.settings.idleTimes = idle.flatMap(Self.times) ?? []
        request.isThorough = thorough
        if let span = patience.span { request.settings.wait(span) }
        return request
    }
}

import ArgumentParser
import Diagnosis
import Engine
import HostNetwork
import PacketWire
import Probing
import SecureChannel

/// How TLS is spoken to targets that go on behind the handshake.
struct SecureOptions: ParsableArguments {
    @Flag(name: .long, help: "Speak TLS to every TCP target, as tls:// does.")
    var tls = false

    @Flag(name: .long, help: "Go to TLS by STARTTLS on ports of mail (25, 587, 143, 110), as smtp:// does.")
    var starttls = false

    @Option(
        name: .long,
        help: ArgumentHelp("The name in the ClientHello instead of the target's; '' sends none.", valueName: "name"))
    var sni: String?

    @Option(name: .long, help: ArgumentHelp("Offer these by ALPN, best first: h2,http/1.1.", valueName: "protocols"))
    var alpn: String?

    @Option(
        name: .long, help: ArgumentHelp("Trust the certificates of this PEM file, and no others.", valueName: "file"))
    var ca: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make the ClientHello so much longer, as post-quantum key shares do.", valueName: "bytes"))
    var pad: Int?

    @Flag(name: .long, help: "Say what is wrong with a certificate, and go on.")
    var insecure = false

    func validate() throws {
        let names = protocols
        guard names.allSatisfy({ (1...255).contains($0.utf8.count) }), names.count <= 32 else {
            throw ValidationError("--alpn is a list of names with commas between: h2,http/1.1")
        }
        if let pad, !(0...16_000).contains(pad) { throw ValidationError("--pad is between 0 and 16000 bytes") }
        if ca == "" { throw ValidationError("--ca is the name of a file") }
    }

    private func upgrade(_ request: inout ProbeRequest) throws {
        for index in request.targets.indices where request.targets[index].request == nil {
            guard request.targets[index].transport == .tcp,
                let service = StartTLS.Service(usualOn: request.targets[index].port)
            else { continue }
            request.targets[index].request = ApplicationRequest(usesTLS: true, upgrade: service)
        }
        guard request.targets.contains(where: { $0.request?.upgrade != nil }) else {
            throw CommandFailure(
                ExitStatus.usage,
                "--starttls is for ports 25, 587, 143 and 110; write smtp://, imap:// or pop3:// for others")
        }
    }

    private var protocols: [String] {
        alpn?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    }

    /// As it stands in a ClientHello: RFC 6066 section 3 has A-labels only.
    private func serverName() throws -> String? {
        guard let sni, sni.utf8.contains(where: { $0 >= 0x80 }) else { return sni }
        guard let ascii = InternationalName.ascii(sni) else {
            throw CommandFailure(
                ExitStatus.usage,
                "--sni: write the name as DNS has it, in letters of ASCII: xn--... ('idn2 NAME' tells it)")
        }
        return ascii
    }

    func apply(to request: inout ProbeRequest) throws {
        if starttls { try upgrade(&request) }
        if tls {
            guard request.targets.contains(where: { $0.transport == .tcp }) else {
                throw CommandFailure(ExitStatus.usage, "--tls is for TCP, and no target is")
            }
            for index in request.targets.indices
            where request.targets[index].transport == .tcp {
                var asked = request.targets[index].request ?? ApplicationRequest(usesTLS: true)
                // Of a proxy's tunnel nothing more was asked so far.
                if asked.path == nil { asked.usesTLS = true }
                request.targets[index].request = asked
            }
        }
        guard request.targets.contains(where: { $0.request != nil }) else {
            if sni != nil || alpn != nil || ca != nil || pad != nil || insecure {
                throw CommandFailure(
                    ExitStatus.usage,
                    "--sni, --alpn, --ca, --pad and --insecure go with --tls, tls:// or https:// targets")
            }
            return
        }
        let name = try serverName()
        do throws(TLSConfigurationError) {
            let trust = if let ca { try TLSTrustStore.file(ca) } else { try TLSTrustStore.system() }
            var options = TLSOptions(trust: trust)
            options.serverName = name
            options.applicationProtocols = protocols
            options.isInsecure = insecure
            options.helloPadding = pad ?? 0
            request.tls = options
        } catch {
            throw CommandFailure(ExitStatus.noInput, error.description)
        }
    }
}

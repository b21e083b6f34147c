import ArgumentParser
import Engine
import HostNetwork
import PacketWire
import Probing

/// From where a person wants packets to be sent, and the targets that this leaves: what `probe` and `trace` share.
struct Origin: ParsableArguments {
    @Flag(name: .customShort("4"), help: "Only IPv4.")
    var onlyIPv4 = false

    @Flag(name: .customShort("6"), help: "Only IPv6.")
    var onlyIPv6 = false

    @Option(name: [.short, .long], help: "Send through this interface.")
    var interface: String?

    @Option(name: .long, help: ArgumentHelp("Send from this address of this machine.", valueName: "address"))
    var source: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Send the first attempt from this port, and the ladder where the kernel has room for both.",
            valueName: "port"))
    var sourcePort: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Ask this resolver as well, and compare (may be repeated).", valueName: "address"))
    var resolver: [String] = []

    func validate() throws {
        guard !(onlyIPv4 && onlyIPv6) else { throw ValidationError("-4 and -6 exclude each other") }
        if let source, IPAddress(source) == nil { throw ValidationError("--source is an address of this machine") }
        if let sourcePort, UInt16(exactly: sourcePort) == nil || sourcePort == 0 {
            throw ValidationError("--source-port is between 1 and 65535")
        }
        if resolver.contains(where: { IPAddress($0) == nil }) {
            throw ValidationError("--resolver is the address of a DNS server")
        }
        if resolver.count > 8 { throw ValidationError("at most eight resolvers are compared") }
    }

    func request(for targets: [String]) throws -> ProbeRequest {
        var singles: [TargetSpecification.Single] = []
        for target in targets {
            do throws(TargetSpecification.Problem) {
                singles += try TargetSpecification(target, toASCII: InternationalName.ascii).singles
            } catch {
                throw CommandFailure(ExitStatus.usage, error.description)
            }
        }
        guard singles.count <= TargetSpecification.most else {
            throw CommandFailure(
                ExitStatus.usage, "\(singles.count) targets; at most \(TargetSpecification.most) at once")
        }
        var request = ProbeRequest(targets: singles)
        request.family = try family(of: singles)
        request.interface = interface
        request.sourceAddress = source.flatMap { IPAddress($0) }
        request.sourcePort = sourcePort.flatMap { UInt16(exactly: $0) }
        request.resolvers = resolver.compactMap { IPAddress($0) }
        return request
    }

    /// The family that the options leave: -4, -6, or that of --source. An address of the other one is an error,
    /// for it would be probed from somewhere else than was asked for.
    private func family(of singles: [TargetSpecification.Single]) throws -> IPFamily? {
        let asked: IPFamily? = onlyIPv4 ? .v4 : onlyIPv6 ? .v6 : nil
        let source = self.source.flatMap { IPAddress($0) }
        if let asked, let source, source.family != asked {
            throw CommandFailure(
                ExitStatus.usage, "--source \(source) is not of the family that \(onlyIPv4 ? "-4" : "-6") asks for")
        }
        guard let family = asked ?? source?.family else { return nil }
        let reason = source.map { "--source \($0)" } ?? (onlyIPv4 ? "-4" : "-6")
        for single in singles {
            if case .address(let address) = single.host, address.family != family {
                throw CommandFailure(
                    ExitStatus.usage, "\(address) cannot be probed with \(reason): the address families differ")
            }
        }
        return family
    }
}

import ArgumentParser
import Engine
import FoundationEssentials
import HostNetwork
import PacketWire
import Probing

/// The proxy that targets are asked through.
struct ProxyOptions: ParsableArguments {
    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp(
            "Ask through this proxy: http://host:port, https://host:port, socks5://host:port or socks4://host:port.",
            valueName: "proxy"))
    var proxy: String?

    @Flag(
        name: .long,
        help: "Go to http:// and https:// targets directly, whatever https_proxy and its like say.")
    var noProxy = false

    func validate() throws {
        if noProxy, proxy != nil { throw ValidationError("--proxy and --no-proxy exclude each other") }
    }

    func apply(to request: inout ProbeRequest) throws {
        if proxy != nil, !request.targets.contains(where: { $0.transport == .tcp }) {
            throw CommandFailure(ExitStatus.usage, "-x is for TCP, and no target is")
        }
        do throws(ProxyAddress.Problem) {
            let choice: ProxyChoice =
                if let proxy {
                    .always(try ProxyAddress(proxy, toASCII: InternationalName.ascii))
                } else {
                    noProxy ? .none : .environment(ProcessInfo.processInfo.environment)
                }
            for index in request.targets.indices {
                let chosen = try choice.proxy(for: request.targets[index], toASCII: InternationalName.ascii)
                guard let (address, source) = chosen else { continue }
                request.targets[index] = try request.targets[index].through(address)
                let note = "through the proxy of \(source): packets go to the proxy, and what they show ends there"
                if !request.notes.contains(note) { request.notes.append(note) }
            }
        } catch {
            throw CommandFailure(ExitStatus.usage, error.description)
        }
    }
}

import ArgumentParser
import Diagnosis
import Engine
import PacketWire
import Probing

/// What is said to targets that say nothing of it themselves.
struct DialogueOptions: ParsableArguments {
    @Flag(name: .long, help: "Send a request to every TCP target, as http:// does; with --tls, as https:// does.")
    var http = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What datagrams bear: a service's question by its name, hex:DIGITS, text:WORDS or @file (default: by the port);"
                + " the last three are also said to TCP targets behind the handshake.",
            valueName: "payload"))
    var payload: String?

    func validate() throws {
        if let payload, let problem = PayloadOption.problem(payload) { throw ValidationError(problem) }
    }

    /// - Parameter usesTLS: it is said in TLS.
    func apply(to request: inout ProbeRequest, usesTLS: Bool) throws {
        let (hasStreams, hasDatagrams) = (request.has(.tcp), request.has(.udp))
        if http {
            guard hasStreams else { throw CommandFailure(ExitStatus.usage, "--http is for TCP, and no target is") }
            request.ask(usingTLS: usesTLS) { $0.path = "/" }
        }
        guard let payload else { return }
        let choice = try PayloadOption.choice(
            payload, most: hasDatagrams ? PayloadChoice.mostBytes : PayloadChoice.mostBytesOfStream)
        if hasDatagrams { request.payload = choice }
        guard case .bytes(let bytes) = choice else {
            guard hasDatagrams else {
                throw CommandFailure(
                    ExitStatus.usage,
                    "the questions of --payload are for UDP, and no target is (HOST:PORT/udp): TCP takes hex:, text: or @file"
                )
            }
            return
        }
        guard request.ask(usingTLS: usesTLS, { $0.words = bytes }) || hasDatagrams else {
            throw CommandFailure(
                ExitStatus.usage, "--payload is said to targets that ask for nothing else, and there is none")
        }
    }
}

extension ProbeRequest {
    /// Any of its targets is of that kind.
    func has(_ transport: Transport) -> Bool { targets.contains { $0.transport == transport } }

    /// Of every TCP target that asks for nothing itself; whether there is any.
    @discardableResult
    fileprivate mutating func ask(usingTLS: Bool, _ change: (inout ApplicationRequest) -> Void) -> Bool {
        var isAny = false
        for index in targets.indices where targets[index].transport == .tcp {
            var asked = targets[index].request ?? ApplicationRequest(usesTLS: usingTLS)
            guard asked.path == nil, asked.upgrade == nil, asked.words == nil else { continue }
            change(&asked)
            targets[index].request = asked
            isAny = true
        }
        return isAny
    }
}

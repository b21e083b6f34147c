import Conversations
public import Diagnosis
public import PacketWire

/// What a probe would send, in words and numbers, without sending it.
public struct ProbePlan: Sendable, Hashable {
    /// One step, in the order in which steps are considered.
    public struct Step: Sendable, Hashable {
        public var name: String
        /// When it is done: `first`, `on silence or refusal`, …
        public var occasion: String
        public var question: String
        /// Beyond a socket; nil where that is enough.
        public var needs: String?
        /// Packets at most, the kernel's repetitions not counted.
        public var packets: Int

        init(name: String, occasion: String, question: String, needs: String? = nil, packets: Int) {
            (self.name, self.occasion, self.question) = (name, occasion, question)
            (self.needs, self.packets) = (needs, packets)
        }
    }

    public var steps: [Step]
    /// All of a target's packets together stay below this.
    public var mostPackets: Int
    public var packetsPerSecond: Int

    /// - Parameters:
    ///   - port: of the target: some services speak first there; nil where it does not matter.
    ///   - request: what is to be said behind the handshake.
    ///   - asksNames: the target is a DNS server with a question of its own.
    public init(
        _ settings: ProbeSettings, _ transport: Transport, port: UInt16? = nil, isThorough: Bool,
        request: ApplicationRequest? = nil, asksNames: Bool = false
    ) {
        let isTCP = transport == .tcp
        steps = Self.opening(settings, isTCP)
        if isTCP { steps += Self.words(settings, request, port) }
        steps += Self.path(settings, asksNames: asksNames)
        let followUps = Self.followUps(settings, isTCP, asksNames: asksNames, speaks: isTCP && request != nil)
        steps += followUps
        steps += Self.experiments(transport, isThorough: isThorough)
        // What follows the verdict on the handshake comes on top of the budget for that.
        mostPackets =
            settings.packets(isThorough: isThorough) + followUps.reduce(0) { $0 + $1.packets }
        packetsPerSecond = settings.packetsPerSecond
    }

    private static func opening(_ settings: ProbeSettings, _ isTCP: Bool) -> [Step] {
        let whenSilent = ", for \(settings.patience.wholeMilliseconds) ms of silence."
        guard isTCP else {
            return [
                Step(
                    name: "the datagram", occasion: "first",
                    question: "Does it get through? Sent up to three times" + whenSilent,
                    packets: settings.datagramTries)
            ]
        }
        return [
            Step(
                name: "the connection", occasion: "first",
                question: "Does it get through? The kernel repeats its SYN each second" + whenSilent, packets: 3),
            Step(
                name: "an echo", occasion: "when it is answered",
                question: "Is what answered as far away as the host?", needs: "a capture", packets: 1),
            Step(
                name: UnusedPort.name, occasion: "when it is answered", question: UnusedPort.question, packets: 1),
        ]
    }

    /// What is said behind the handshake, or listened for.
    private static func words(_ settings: ProbeSettings, _ request: ApplicationRequest?, _ port: UInt16?) -> [Step] {
        guard let request else {
            guard let service = port.flatMap(ServerGreeting.Service.init(usualOn:)) else { return [] }
            let patience = settings.patience(forGreetingOf: service)
            return [
                Step(
                    name: "a greeting", occasion: "when it is answered",
                    question: "Does the service speak first, as \(service.rawValue) does? Listened for,"
                        + " \(patience.wholeMilliseconds) ms at most.", packets: 0)
            ]
        }
        let said = [
            request.origin == nil ? nil : "the proxy's consent", request.upgrade == nil ? nil : "STARTTLS",
            request.usesTLS ? "TLS" : nil, request.path == nil ? nil : "one HTTP request",
            request.words.map { "\($0.count) bytes of your own" },
        ].compactMap { $0 }
        var steps = [
            Step(
                name: "a dialogue", occasion: "when it is answered",
                question: "Is what is said behind the handshake answered: \(said.joined(separator: ", "))? Waited for"
                    + " \(settings.dialogue.wholeMilliseconds) ms at most.",
                packets: HelloMatrix.packetsEach * said.count)
        ]
        if request.usesTLS {
            steps.append(
                Step(
                    name: HelloMatrix.name, occasion: "when TLS fails", question: HelloMatrix.question,
                    packets: HelloMatrix.packetsEach * HelloMatrix.most))
        }
        if request.path != nil {
            steps.append(
                Step(
                    name: "the same again", occasion: "when the request fails", question: DialogueAgain.question,
                    packets: DialogueAgain.mostPackets))
        }
        return steps
    }

    private static func path(_ settings: ProbeSettings, asksNames: Bool) -> [Step] {
        let occasion = "on silence, refusal or doubt"
        let controls = Step(
            name: "controls", occasion: occasion,
            question: "Does anything else of the host get through ("
                + (asksNames ? "TCP to the server's own port, " : "") + "tcp/"
                + settings.commonPorts.map(String.init).joined(separator: ", tcp/") + ", icmp echo)?",
            packets: settings.controlCount + 1)
        guard settings.walksLadder else { return [controls] }
        return [
            controls,
            Step(
                name: "ladders", occasion: occasion,
                question: "How far do packets like these get, and how far the control's, hop by hop?",
                packets: 2 * (settings.ladderWindow + 5)),
        ]
    }

    /// - Parameter speaks: there is a dialogue, which may stall by its size.
    private static func followUps(
        _ settings: ProbeSettings, _ isTCP: Bool, asksNames: Bool, speaks: Bool
    ) -> [Step] {
        var steps: [Step] = []
        if asksNames {
            steps.append(
                Step(
                    name: "the question", occasion: "at the end",
                    question: "What does the server say over UDP, over TCP, and with room for a long answer?",
                    packets: NameServerProbe.mostPackets))
        }
        if settings.measuresPathSize || speaks {
            steps.append(
                Step(
                    name: "packet sizes",
                    occasion: settings.measuresPathSize ? "at the end" : "when the dialogue stalls",
                    question: "What is the largest packet that the path takes, and where do larger ones vanish?",
                    packets: PathSizeProbe.mostPackets))
        }
        if !settings.idleTimes.isEmpty {
            steps.append(
                Step(
                    name: "quiet ones", occasion: "at the end",
                    question: "Is a \(isTCP ? "connection" : "question's way back") still there after "
                        + settings.idleTimes.map { "\($0.nanoseconds / 1_000_000_000)" }.joined(separator: ", ")
                        + " s of silence?", packets: 6 * (settings.idleTimes.count + 1)))
        }
        return steps
    }

    private static func experiments(_ transport: Transport, isThorough: Bool) -> [Step] {
        let plans = Experiments.all.filter {
            $0.transports.contains(transport) && $0.mostPackets(isThorough: isThorough) > 0
        }
        return plans.map { plan in
            Step(
                name: plan.name, occasion: "while it separates causes that are left", question: plan.question,
                needs: plan.needs, packets: plan.mostPackets(isThorough: isThorough))
        }
    }
}

extension TimeSpan {
    fileprivate var wholeMilliseconds: Int64 { nanoseconds / 1_000_000 }
}

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
    }

    public var steps: [Step]
    /// All of a target's packets together stay below this.
    public var mostPackets: Int
    public var packetsPerSecond: Int

    /// - Parameters:
    ///   - request: what is to be said behind the handshake.
    ///   - asksNames: the target is a DNS server with a question of its own.
    public init(
        _ settings: ProbeSettings, _ transport: Transport, isThorough: Bool, request: ApplicationRequest? = nil,
        asksNames: Bool = false
    ) {
        let isTCP = transport == .tcp
        steps = [
            Step(
                name: isTCP ? "the connection" : "the datagram", occasion: "first",
                question:
                    "Does it get through? \(isTCP ? "The kernel repeats its SYN each second" : "Sent up to three times")"
                    + ", for \(settings.patience.rounded) ms of silence.", needs: nil,
                packets: isTCP ? 3 : settings.datagramTries)
        ]
        if isTCP {
            steps.append(
                Step(
                    name: "an echo", occasion: "when it is answered",
                    question: "Is what answered as far away as the host?", needs: "a capture", packets: 1))
            steps.append(
                Step(
                    name: UnusedPort.name, occasion: "when it is answered", question: UnusedPort.question, needs: nil,
                    packets: 1))
        }
        if request?.usesTLS ?? false {
            steps.append(
                Step(
                    name: HelloMatrix.name, occasion: "when TLS fails", question: HelloMatrix.question, needs: nil,
                    packets: HelloMatrix.packetsEach * HelloMatrix.most))
        }
        steps.append(
            Step(
                name: "controls", occasion: "on silence, refusal or doubt",
                question: "Does anything else of the host get through ("
                    + (asksNames ? "TCP to the server's own port, " : "") + "tcp/"
                    + settings.commonPorts.map(String.init).joined(separator: ", tcp/") + ", icmp echo)?",
                needs: nil, packets: settings.controlCount + 1))
        if settings.walksLadder {
            steps.append(
                Step(
                    name: "ladders", occasion: "on silence, refusal or doubt",
                    question: "How far do packets like these get, and how far the control's, hop by hop?", needs: nil,
                    packets: 2 * (settings.ladderWindow + 5)))
        }
        if asksNames {
            steps.append(
                Step(
                    name: "the question", occasion: "at the end",
                    question: "What does the server say over UDP, over TCP, and with room for a long answer?",
                    needs: nil,
                    packets: NameServerProbe.mostPackets))
        }
        if settings.measuresPathSize {
            steps.append(
                Step(
                    name: "packet sizes", occasion: "at the end",
                    question: "What is the largest packet that the path takes, and where do larger ones vanish?",
                    needs: nil, packets: PathSizeProbe.mostPackets))
        }
        if !settings.idleTimes.isEmpty {
            steps.append(
                Step(
                    name: "quiet ones", occasion: "at the end",
                    question: "Is a \(isTCP ? "connection" : "question's way back") still there after "
                        + settings.idleTimes.map { "\($0.nanoseconds / 1_000_000_000)" }.joined(separator: ", ")
                        + " s of silence?",
                    needs: nil, packets: 6 * (settings.idleTimes.count + 1)))
        }
        guard isTCP else {
            (mostPackets, packetsPerSecond) = (settings.packetBudget, settings.packetsPerSecond)
            return
        }
        steps += Experiments.all.filter { $0.mostPackets(isThorough: isThorough) > 0 }.map { plan in
            Step(
                name: plan.name, occasion: "while it separates causes that are left", question: plan.question,
                needs: plan.needs, packets: plan.mostPackets(isThorough: isThorough))
        }
        (mostPackets, packetsPerSecond) = (
            (isThorough ? 2 : 1) * settings.packetBudget, settings.packetsPerSecond
        )
    }
}

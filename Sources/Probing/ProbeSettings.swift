public import Conversations

/// How long, how far and how much a target is probed. The defaults are polite: some 40 packets for a target
/// that stays silent, and never more than 120.
public struct ProbeSettings: Sendable, Hashable {
    /// How long the primary attempt may stay unanswered. The kernel sends its SYN at 0, 1 and 2 s, so the
    /// default sees three of them go unanswered (net/ipv4/tcp_timer.c, tcp_syn_linear_timeouts).
    public var patience: TimeSpan = .milliseconds(2_600)
    /// When the kernel has sent its SYN a second time: RFC 6298 section 2.1 has it wait a second.
    public var secondTry: TimeSpan = .milliseconds(1_100)
    /// Silence where nothing of the host answers, or what does is another host: a last router says "host unreachable"
    /// only after its three address resolution tries, some 3.1 s after the first packet.
    public var patienceWithoutControl: TimeSpan = .milliseconds(3_250)
    /// Silence that is long enough to start looking at the path.
    public var suspicion: TimeSpan = .milliseconds(350)
    /// How long a completed connection is watched for a reset or a close, beyond the round trip that the far end's
    /// reaction to the last packet of the handshake takes.
    public var hold: TimeSpan = .milliseconds(50)
    /// How long a service that speaks first may keep silent, and one for mail.
    public var greeting: TimeSpan = .seconds(3)
    public var mailGreeting: TimeSpan = .seconds(7)
    /// How long everything behind the handshake may take.
    public var dialogue: TimeSpan = .seconds(8)
    /// How long the last of several hellos may stay unanswered.
    public var helloPatience: TimeSpan = .milliseconds(2_500)
    /// The same, where the far end's TCP has taken none of its repetitions by then.
    public var unheardHello: TimeSpan = .milliseconds(1_600)
    /// How long the controls have been on their way before the first experiment with a silence.
    public var beforeExperiments: TimeSpan = .milliseconds(200)
    /// After a refusal: how long the controls and the ladder get.
    public var investigation: TimeSpan = .milliseconds(1_000)
    /// How long a ladder must have been waited for before its silence counts.
    public var ladderPatience: TimeSpan = .milliseconds(1_200)
    /// How long a confirming pair of packets is waited for.
    public var grace: TimeSpan = .milliseconds(200)
    /// After this a router that limits its ICMP errors has a new one to spend (Linux: one a second).
    public var refill: TimeSpan = .milliseconds(1_050)
    /// Between two datagrams, or echo requests, of one attempt.
    public var resendInterval: TimeSpan = .milliseconds(800)
    /// How often a datagram is sent at the most.
    public var datagramTries = 3
    /// How many positions past the last answering hop are asked.
    public var ladderWindow = 5
    /// After a refusal the ladder only places the refuser, who answers every packet past him: two are enough.
    public var refusalWindow = 2
    public var longestPath = 30
    /// Packets for one target at most; twice as many where thoroughness is asked for.
    public var packetBudget = 120
    /// Packets a second on average, with one second's worth at once: experiments wait for it.
    public var packetsPerSecond = 20
    public var walksLadder = true
    /// All packets of a ladder are one flow, so that no load balancing mixes paths. Only where a capture tells what
    /// comes back.
    public var usesOneFlow = false
    /// When what stayed unanswered of such a ladder is sent once more.
    public var repetition: TimeSpan = .milliseconds(1_000)
    /// How long such a ladder waits to learn how far the host is: its packets must not reach it one after another.
    public var controlWait: TimeSpan = .milliseconds(150)
    /// Ports that often answer, tried as controls.
    public var commonPorts: [UInt16] = [443, 80, 22]
    public var controlCount = 3

    /// The largest packet of the path is measured, whatever comes of the attempt.
    public var measuresPathSize = false

    /// How long connections are held quiet before they are used again, beside each other; empty for none.
    public var idleTimes: [TimeSpan] = []

    public init() {}

    /// How many packets a target may cost at the most.
    public func packets(isThorough: Bool) -> Int { (isThorough ? 2 : 1) * packetBudget }

    /// The waiting times for a person who asked for `--timeout`.
    public mutating func wait(_ timeout: TimeSpan) {
        patience = timeout
        patienceWithoutControl = max(
            timeout, TimeSpan(nanoseconds: min(timeout.nanoseconds, .max - 650_000_000) + 650_000_000))
        if suspicion > timeout { suspicion = TimeSpan(nanoseconds: timeout.nanoseconds / 2) }
    }
}

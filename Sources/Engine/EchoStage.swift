import Conversations
import Diagnosis
import HostNetwork
import PacketWire

/// ICMP echo requests of all targets over one socket a family: which answer belongs to which attempt.
struct EchoStage {
    struct Change {
        var target: Int
        var attempt: Int
        var outcome: SocketOutcome
        /// What a router says would fit, where it calls the request too big.
        var fits: UInt32?
    }

    private var sockets: [IPFamily: EchoSocket] = [:]
    private var waiting: [UInt32: (target: Int, attempt: Int)] = [:]
    private var nextSequence: UInt16 = 1

    mutating func open(families: Set<IPFamily>) {
        for family in families { sockets[family] = EchoSocket(family) }
    }

    var descriptors: [Int32] { sockets.values.map(\.descriptor) }

    func identifier(_ family: IPFamily) -> UInt16? { sockets[family]?.identifier }

    /// EACCES: ping_group_range of icmp(7), and no raw socket either.
    private static let notPermitted: Int32 = 13

    /// Sends one request, and gives its number.
    ///
    /// - Parameter size: of the whole IP packet; nil is a small one.
    mutating func send(
        to address: IPAddress, timeToLive: Int?, size: Int? = nil, target: Int, attempt: Int
    ) -> Result<UInt16, SystemCallError> {
        guard let socket = sockets[address.family] else {
            return .failure(SystemCallError("echo", errno: Self.notPermitted))
        }
        let sequence = nextSequence
        nextSequence &+= 1
        waiting[Self.key(address.family, sequence)] = (target, attempt)
        guard let errno = socket.send(to: address, sequence: sequence, timeToLive: timeToLive, size: size) else {
            return .success(sequence)
        }
        return .failure(SystemCallError("echo", errno: errno))
    }

    /// What has come back.
    mutating func read(at now: Instant) -> [Change] {
        var changes: [Change] = []
        for (family, socket) in sockets {
            for event in socket.receive() {
                var outcome = SocketOutcome(state: .connected, at: now)
                let sequence: UInt16
                var fits: UInt32?
                switch event {
                case .reply(let number, _, let timeToLive):
                    sequence = number
                    outcome.answerTimeToLive = timeToLive
                case .error(let number, let entry):
                    sequence = number
                    outcome.state = .failed(SocketError(system: entry.errno), atOnce: false)
                    fits = entry.info
                    if let icmpFamily = entry.icmpFamily, let sender = entry.sender {
                        outcome.notices = [
                            ICMPNotice(
                                error: ICMPError(family: icmpFamily, type: entry.type, code: entry.code),
                                sender: sender,
                                timeToLive: entry.timeToLive, at: now)
                        ]
                    }
                }
                guard let owner = waiting.removeValue(forKey: Self.key(family, sequence)) else { continue }
                changes.append(Change(target: owner.target, attempt: owner.attempt, outcome: outcome, fits: fits))
            }
        }
        return changes
    }

    private static func key(_ family: IPFamily, _ sequence: UInt16) -> UInt32 {
        (family == .v4 ? 0 : 1 << 16) | UInt32(sequence)
    }
}

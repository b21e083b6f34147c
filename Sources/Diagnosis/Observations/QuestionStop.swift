import Conversations
import PacketWire

/// Who stops a question to a resolver, as far as the socket tells.
struct QuestionStop {
    var mechanism: Mechanism
    var zones: [Zone]
    var actor: IPAddress?
    private let obstacle: QuestionObstacle

    init(_ obstacle: QuestionObstacle, _ server: IPAddress) {
        self.obstacle = obstacle
        switch obstacle.kind {
        case .icmp(let error, server) where error.meaning == .portUnreachable:
            (mechanism, zones, actor) = (.noListener, [.resolver], server)
        case .icmp(_, server): (mechanism, zones, actor) = (.icmpReject, [.resolver], server)
        case .icmp(let error, let sender) where obstacle.isOwn && error.refusalMeaning != .hostUnreachable:
            (mechanism, zones, actor) = (.icmpReject, [.localEgress], sender)
        case .icmp(let error, let sender):
            // Whose address the sender's is, no ladder tells: a resolver may have several.
            zones = obstacle.isOwn ? [.path, .resolver, .localEgress] : [.path, .resolver]
            actor = obstacle.isOwn ? nil : sender
            mechanism =
                switch error.meaning {
                case .networkUnreachable: .noRoute
                case .hostUnreachable: .noNeighbor
                case .timeToLiveExceeded: .routingLoop
                default: .icmpReject
                }
        case .socket(let error) where error.isNamed("EPERM", "EACCES"):
            (mechanism, zones) = (.permission, [.localEgress])
        case .socket(let error) where !obstacle.isOverTCP && !error.isNamed("ECONNREFUSED"):
            (mechanism, zones) = (.noRoute, [.localEgress])
        case .socket, .closed:
            // A reset, or an error without its sender: a rule of this machine's own makes them as well.
            (mechanism, zones) = (.resolverRefused, [.resolver, .path, .localEgress])
        }
    }

    func what(_ question: String, _ server: IPAddress) -> String {
        switch obstacle.kind {
        case .icmp(let error, server): "The resolver \(server) itself refuses \(question) (ICMP \(error.name))"
        case .icmp(let error, let sender?) where obstacle.isOwn:
            "This machine stops \(question) to the resolver \(server) (ICMP \(error.name) from its own \(sender))"
        case .icmp(let error, let sender):
            "\(sender.map(\.description) ?? "Somebody") stops \(question) to the resolver \(server) (ICMP"
                + " \(error.name))"
        case .socket(let error) where zones == [.localEgress]:
            "\(question.capitalizedFirst) to the resolver \(server) cannot even be sent (\(error))"
        case .socket(let error):
            "\(question.capitalizedFirst) to the resolver \(server) is refused (\(error))"
        case .closed: "\(question.capitalizedFirst) to the resolver \(server) is closed without an answer"
        }
    }

    func advice(_ server: IPAddress) -> String {
        switch obstacle.kind {
        case .icmp(_, server): "On \(server): does its name service run, and may this machine ask it?"
        case _ where zones == [.localEgress]:
            "Look at this machine's own rules for port 53 (nft list ruleset, iptables -S) and at its route to"
                + " \(server)."
        case .icmp(_, let sender?): "Ask whoever runs \(sender) for the rule, or the route, to \(server)."
        default: "Let port 53 of \(server) pass, over UDP and TCP, or use the resolver meant for this network."
        }
    }
}

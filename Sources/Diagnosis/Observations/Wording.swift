import Conversations
import PacketWire

/// Phrases that several causes share, so that one thing has one name in every report.
extension Observations {
    /// `203.0.113.10:5432/tcp`; the host as written where there is no address.
    var name: String {
        let place = facts.target.endpoint.map(\.description) ?? "\(facts.target.host):\(facts.target.port)"
        return "\(place)/\(transport.rawValue)"
    }

    /// What one packet of the attempt is called.
    var packetName: String { transport == .tcp ? "SYN" : "datagram" }

    /// `hop 3 (192.0.2.10)`.
    func phrase(_ hop: Hop) -> String {
        hop.address.map { "hop \(hop.ttl) (\($0))" } ?? "hop \(hop.ttl)"
    }

    /// What a refusal answers: `the SYN`. Of a file nobody knows whether it answers one that is not in it.
    var refusedPhrase: String {
        guard facts.isOffline, transport == .tcp, handshake.syns.isEmpty,
            let flags = primary?.packets.first(where: { $0.fromInitiator && $0.tcp != nil })?.tcp?.flags
        else { return "the SYN" }
        return flags.isEmpty ? "a segment without any flag" : "a segment (\(flags.description)) that is no SYN"
    }

    /// `3 SYNs`, `1 datagram`.
    var triesPhrase: String { tries == 1 ? "1 \(packetName)" : "\(tries) \(packetName)s" }

    /// The control that got through, in words.
    var controlPhrase: String? {
        passingControl.map { control in
            // Only a file has the target itself as a control of its own.
            control.kind == primary?.kind && control.remote == primary?.remote
                ? "another one to the same port" : "\(control.kind.name) of the same host"
        }
    }
}

extension String {
    /// With its first letter large, the others as they are: how a sentence begins.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

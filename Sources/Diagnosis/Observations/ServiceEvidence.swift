import PacketWire

/// What the service said that a UDP probe asked.
extension Observations {
    /// `NTP answer: version 4, stratum 2`; or that what came back is none.
    var serviceEvidence: Evidence? {
        guard let service = facts.service, let reply = primary?.socket?.serviceReply else { return nil }
        switch reply {
        case .answered(let says):
            return Evidence(
                .socket, "\(service.title) answer" + (says.isEmpty ? "" : ": \(says)"),
                detail: service.echoesTransaction
                    ? "it brings back the number of the question"
                    : "by its shape: it brings back nothing of the question")
        case .foreign(let mismatch):
            return Evidence(
                .socket, "no \(service.title) answer: \(mismatch)", detail: "something sends from the port all the same"
            )
        }
    }

    /// What answered, and when, in one sentence.
    ///
    /// - Parameter after: ` after 3 ms`, or nothing.
    func datagramSummary(after: String) -> String {
        guard let service = facts.service, let reply = primary?.socket?.serviceReply else {
            return "A datagram came back\(after)."
        }
        switch reply {
        case .answered(let says): return "\(service.title) answered\(after)\(says.isEmpty ? "" : ": \(says)")."
        case .foreign(let mismatch):
            return "A datagram came back\(after), and it is no answer of \(service.title): \(mismatch)."
        }
    }
}

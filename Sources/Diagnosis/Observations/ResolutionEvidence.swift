import Conversations
import PacketWire

extension Observations {
    /// What came of the name: the system's word first, then what each resolver said when it was asked directly.
    var resolutionEvidence: [Evidence] {
        guard let resolution = facts.resolution else { return [] }
        let milliseconds = resolution.elapsed.rounded
        var list: [Evidence] = []
        if case .addresses(let addresses) = resolution.outcome {
            let from = resolution.hostsFile.isEmpty ? "" : " by the hosts file of this machine"
            list.append(Evidence(.socket, "name resolved\(from)", detail: "\(addresses.phrase) in \(milliseconds) ms"))
            if let code = resolution.systemCode {
                list.append(
                    Evidence(
                        .socket, "most programs hear that the name has no address (\(code))",
                        detail: "of a family of which this machine has no address itself, the system leaves them out"
                            + " (AI_ADDRCONFIG)"))
            }
        } else {
            let code = resolution.systemCode.map { " (\($0))" } ?? ""
            list.append(Evidence(.socket, "name not resolved\(code)", detail: "after \(milliseconds) ms"))
        }
        list += resolution.servers.map(\.evidence)
        if case .v6(let address)? = facts.target.address, let embedded = address.translatedIPv4 {
            list.append(
                Evidence(
                    .socket, "the address stands for \(embedded): made by DNS64, reached through a translator",
                    detail: "64:ff9b::/96, RFC 6052"))
        }
        return list
    }
}

extension ResolutionFact.ServerAnswer {
    fileprivate var evidence: Evidence {
        var details = ["asked directly, \(elapsed.rounded) ms"]
        if !unanswered.isEmpty { details.append("\(unanswered.phrase) never answered") }
        if wasCut { details.append("too long for a datagram, asked again over TCP") }
        let name = "\(isNamed ? "the named resolver" : "resolver") \(server)"
        guard let contradiction else {
            return Evidence(.socket, "\(name): \(outcome.phrase)", detail: details.joined(separator: "; "))
        }
        return Evidence(
            .socket, "\(name) answers one question twice: \(outcome.phrase), then \(contradiction.phrase)",
            detail: details.joined(separator: "; "))
    }
}

extension ResolutionFact.Outcome {
    var phrase: String {
        switch self {
        case .addresses(let addresses): addresses.phrase
        // What a capture has of them is not kept.
        case .records([]): "records"
        case .records(let texts):
            texts.prefix(4).joined(separator: ", ") + (texts.count > 4 ? " and \(texts.count - 4) more" : "")
        case .noSuchName: "no such name (NXDOMAIN)"
        case .noAddress: "no address of that family (NODATA)"
        case .leadsOn(let place): "leads on to \(place)"
        case .silent: "silent"
        case .refused(let code): code
        }
    }
}

extension [DNSType] {
    /// `AAAA`
    var phrase: String { map(\.description).joined(separator: " and ") }
}

extension [IPAddress] {
    /// The first of them, and how many more there are.
    var phrase: String {
        let named = prefix(8).map(\.description).joined(separator: ", ")
        return count > 8 ? "\(named) and \(count - 8) more" : named
    }
}

extension IPv6Address {
    /// The IPv4 address in one of the well-known prefix: RFC 6052 section 2.1.
    fileprivate var translatedIPv4: IPv4Address? {
        rawValue >> 32 == 0x0064_FF9B_0000_0000_0000_0000
            ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)) : nil
    }
}

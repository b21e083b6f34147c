import PacketWire

/// What makes the address itself doubtful: whatever is found at it, it may be the wrong place to look.
enum ResolutionDoubt {
    static let forgedAdvice = [
        "Ask over a way that nobody can answer from the side: DNS over TLS or HTTPS, or a resolver inside your network.",
        "Compare with a resolver elsewhere: stallpoint probe --resolver ADDRESS TARGET.",
    ]
}

extension TargetDiagnosis {
    /// With what the resolvers' answers say against the address that was tried.
    func withResolution(of facts: Facts) -> TargetDiagnosis {
        guard let resolution = facts.resolution else { return self }
        var diagnosis = self
        guard let address = target.address else {
            if let other = resolution.elsewhere {
                diagnosis.advice.insert(
                    "The named resolver \(other.server) knows it: \(other.outcome.phrase). Probe one of these, and ask why"
                        + " the system's resolver says otherwise (another view of the zone, a filter, an old answer).",
                    at: 0)
            }
            return diagnosis
        }
        // Who says so is in no file.
        if address.isLoopback, facts.isOffline || resolution.answering(address) != nil {
            return ledHere(to: address, by: resolution.answering(address))
        }
        if resolution.hostsFile.contains(address) { return fromHostsFile(address, resolution) }
        guard verdict != .open else { return self }
        if let forged = resolution.contradicted, let second = forged.contradiction {
            diagnosis.advice = ResolutionDoubt.forgedAdvice + advice
            diagnosis.lookAlikes.append(
                LookAlike(
                    cause: "\(address) is not the host: an answer for its name is forged on the way to the resolver",
                    whyNotExcluded:
                        "\(forged.server) answered one question twice, \(forged.outcome.phrase) and \(second.phrase)",
                    experiment: "probe an address that a resolver elsewhere gives"))
        } else if let other = resolution.elsewhere {
            diagnosis.advice.append("Probe what the named resolver \(other.server) gives: \(other.outcome.phrase).")
            diagnosis.lookAlikes.append(
                LookAlike(
                    cause:
                        "\(address) is not where the host is: the named resolver \(other.server) gives \(other.outcome.phrase)",
                    whyNotExcluded:
                        "names may have other addresses in other places (split views, nearest servers), or old ones",
                    experiment: "probe that address"))
        }
        return diagnosis
    }
}

extension TargetDiagnosis {
    /// A line that somebody wrote once, and that nothing keeps true.
    private func fromHostsFile(_ address: IPAddress, _ resolution: ResolutionFact) -> TargetDiagnosis {
        var diagnosis = self
        let line = "The address \(address) is of this machine's hosts file (/etc/hosts)"
        guard let other = resolution.besidesHostsFile else {
            if verdict != .open, resolution.answering(address) == nil {
                diagnosis.advice.append("\(line): is the line still true?")
            }
            return diagnosis
        }
        let says = "the resolver \(other.server) says otherwise: \(other.outcome.phrase)"
        guard verdict != .open else {
            diagnosis.summary += " \(line), and \(says)."
            return diagnosis
        }
        diagnosis.advice.insert("\(line), and \(says). Is the line still true?", at: 0)
        diagnosis.lookAlikes.append(
            LookAlike(
                cause: "\(address) is not the host any more, and the line of the hosts file is old",
                whyNotExcluded: says, experiment: "probe the address that the resolver gives"))
        return diagnosis
    }

    /// Whatever came of it says nothing of the name's host, where a resolver blocks the name so.
    private func ledHere(to address: IPAddress, by server: IPAddress?) -> TargetDiagnosis {
        var diagnosis = self
        let who = server.map { ", says the resolver \($0)" } ?? ""
        diagnosis.summary +=
            " The name \(target.host) leads to \(address), this machine itself\(who): those that block names answer so, too."
        guard verdict != .open else { return diagnosis }
        if !zones.contains(.resolver) { diagnosis.zones.append(.resolver) }
        diagnosis.confidence = min(confidence, .likely)
        diagnosis.lookAlikes.append(
            LookAlike(
                cause: "the resolver blocks the name: \(address) is not where its host is",
                whyNotExcluded: "the owner of a name may give it that address as well, for use on one machine",
                experiment: "ask another resolver: --resolver ADDRESS"))
        diagnosis.advice.append(
            "If the service is meant to be elsewhere, ask whoever runs the resolver for its list of blocked names.")
        return diagnosis
    }
}

extension ResolutionFact {
    /// The first of the system's resolvers that gives the address.
    func answering(_ address: IPAddress) -> IPAddress? {
        systemServers.first { $0.outcome.gives(address) }?.server
    }

    /// The first resolver that gives other addresses than the hosts file. One that does not know the name says nothing:
    /// names for one machine alone stand in such files.
    fileprivate var besidesHostsFile: ServerAnswer? {
        servers.first { answer in
            guard case .addresses(let addresses) = answer.outcome else { return false }
            return Set(hostsFile).isDisjoint(with: addresses)
        }
    }
}

extension ResolutionFact.Outcome {
    fileprivate func gives(_ address: IPAddress) -> Bool {
        if case .addresses(let addresses) = self { addresses.contains(address) } else { false }
    }
}

extension String {
    /// A name for this machine by its own meaning: RFC 6761 section 6.3.
    package var isLocalhost: Bool {
        let name = (last == "." ? dropLast() : self[...]).lowercased()
        return name == "localhost" || name.hasSuffix(".localhost")
    }
}

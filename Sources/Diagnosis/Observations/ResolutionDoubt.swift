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

public import PacketWire

/// Several addresses of one name, of one family, of which some work and others do not. A person sees a wait or a failure that
/// comes and goes, for clients take the addresses in the order in which the resolver gives them.
public struct AddressComparison: Sendable, Hashable {
    public struct Failing: Sendable, Hashable {
        public var address: IPAddress
        public var verdict: Verdict
    }

    public var host: String
    public var port: UInt16
    public var transport: Transport
    public var working: [IPAddress]
    public var failing: [Failing]

    /// One sentence for a person.
    public var summary: String {
        let count = working.count + failing.count
        let list = failing.prefix(4).map { "\($0.address) \($0.verdict.rawValue)" }.joined(separator: ", ")
        let more = failing.count > 4 ? " and \(failing.count - 4) more" : ""
        let isOne = failing.count == 1
        return "\(host):\(port)/\(transport.rawValue): of the \(count) addresses of the name \(failing.count)"
            + " \(isOne ? "does" : "do") not work (\(list)\(more)): clients that take \(isOne ? "it" : "one of them")"
            + " first wait or fail, and the others notice nothing."
    }
}

extension DiagnosisReport {
    /// One for each name, port and family of whose addresses some work and some do not, in the order of the diagnoses.
    public var addresses: [AddressComparison] {
        triedNames.flatMap { name in
            [IPFamily.v4, .v6].compactMap { family -> AddressComparison? in
                let own = name.diagnoses(family)
                let working = own.filter { $0.verdict.exitStatus == 0 }.compactMap(\.target.address)
                let failing = own.filter { $0.verdict.exitStatus != 0 }
                guard !working.isEmpty, !failing.isEmpty else { return nil }
                return AddressComparison(
                    host: name.host, port: name.port, transport: name.transport, working: working,
                    failing: failing.compactMap { diagnosis in
                        diagnosis.target.address.map { .init(address: $0, verdict: diagnosis.verdict) }
                    })
            }
        }
    }
}

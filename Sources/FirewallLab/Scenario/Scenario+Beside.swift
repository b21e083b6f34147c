extension Scenario {
    /// This scenario with what others set up standing beside it: its truth and its expectations stay its own.
    ///
    /// A circumstance that changes nothing for the targets must change no verdict. What the scenario does comes first;
    /// a kernel setting that both make is the other's.
    /// - Throws: where another sets up a node that this scenario's network does not have, and does not ask for a network
    ///   that has it.
    public func beside(_ others: [Scenario]) throws(LabError) -> Scenario {
        var result = self
        for other in others {
            // The wide network is the standard one and more.
            if other.topology.nodes.count > result.topology.nodes.count { result.topology = other.topology }
            result.setup.merge(other.setup) { $0.followed(by: $1) }
            result.services.merge(other.services) { $0 + $1 }
            result.options += other.options
            result.needs += other.needs.filter { !result.needs.contains($0) }
            result.source += "---\n" + other.source
        }
        if let problem = result.problem { throw LabError("\(name) with what is beside it: \(problem)", exitStatus: 66) }
        return result
    }
}

extension NodeSetup {
    fileprivate func followed(by other: NodeSetup) -> NodeSetup {
        func lines(_ first: String, _ second: String) -> String {
            [first, second].filter { !$0.isEmpty }.joined(separator: "\n")
        }
        return NodeSetup(
            nft: lines(nft, other.nft), ip: ip + other.ip, sysctl: sysctl.merging(other.sysctl) { $1 },
            tc: tc + other.tc, run: lines(run, other.run))
    }
}

extension ScenarioFile {
    /// A scenario by its own `source`: the first document is the scenario, and what follows stands beside it.
    public static func scenario(fromSource text: String, file: String) throws(LabError) -> Scenario? {
        let documents = try scenarios(in: text, file: file)
        return try documents.first?.beside(Array(documents.dropFirst()))
    }
}

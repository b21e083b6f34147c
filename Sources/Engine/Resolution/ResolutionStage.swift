import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// Turns names into addresses, all at once: the system's resolver first, as applications do, and, where that fails
/// or is slow, or the name leads to nobody's address, each configured resolver asked directly, because getaddrinfo says
/// neither who failed nor how, nor for whom it waited; nor that it asked nobody, because the hosts file has the name,
/// which DNS may know otherwise. Resolvers that the person named are asked beside it from the
/// start, and the configured ones too, to compare.
struct ResolutionStage {
    /// After this, the resolvers are asked directly beside the system.
    private static let suspicion = TimeSpan.milliseconds(700)
    /// So long resolvers may take to say otherwise than the hosts file.
    private static let comparison = TimeSpan.milliseconds(500)
    /// Descriptors of a name's sockets: the system's answer, each resolver's datagrams, each resolver's connection.
    private static let connections: UInt64 = 128

    private final class Job {
        let name: String
        let startedAt: Instant
        let resolution: NameResolution?
        /// What the hosts file has for the name. Nobody asks others for `localhost`.
        let ownAddresses: [IPAddress]
        var system: NameResolution.Outcome?
        var conversations: [ResolverConversation] = []
        var asked = false
        /// When the system had its answer.
        var systemEndedAt: Instant?
        var endedAt: Instant?

        init(_ name: String, family: IPFamily?, at now: Instant) {
            self.name = name
            startedAt = now
            resolution = try? NameResolution(name, family: family)
            ownAddresses = name.isLocalhost ? [] : HostsFile.addresses(of: name)
        }
    }

    let family: IPFamily?
    let patience: TimeSpan
    /// Resolvers to compare with.
    var named: [IPAddress] = []
    let clock: RunClock

    /// Resolves every name; the result has one fact for each.
    func resolve(_ names: [String]) -> [String: ResolutionFact] {
        guard !names.isEmpty, let poller = try? Poller() else { return [:] }
        let jobs = names.map { Job($0, family: family, at: clock.now) }
        for (index, job) in jobs.enumerated() {
            guard let resolution = job.resolution else { continue }
            try? poller.add(resolution.descriptor, token: UInt64(index) << 8)
        }
        let configured = ResolverConfiguration.current().servers
        let servers =
            configured.map { (address: $0, isNamed: false) }
            + named.filter { !configured.contains($0) }.map { (address: $0, isNamed: true) }
        while jobs.contains(where: { $0.endedAt == nil }) {
            let now = clock.now
            for (index, job) in jobs.enumerated() where job.endedAt == nil {
                advance(job, index, servers, poller, now)
            }
            guard jobs.contains(where: { $0.endedAt == nil }) else { break }
            poller.wait(nanoseconds: 50_000_000) { event in read(event.token, jobs, poller) }
        }
        return Dictionary(zip(names, jobs.map(fact)), uniquingKeysWith: { first, _ in first })
    }

    private func read(_ token: UInt64, _ jobs: [Job], _ poller: Poller) {
        let job = jobs[Int(token >> 8)]
        let slot = token & 0xFF
        guard slot > 0 else {
            job.system = job.resolution?.outcome
            job.systemEndedAt = clock.now
            if let resolution = job.resolution { poller.remove(resolution.descriptor) }
            return
        }
        let conversation = job.conversations[Int(slot % Self.connections) - 1]
        if slot < Self.connections {
            conversation.readDatagrams(at: clock.now)
        } else if let descriptor = conversation.streamDescriptor {
            if conversation.readStream(at: clock.now) {
                poller.change(descriptor, token: token, readable: true, writable: conversation.hasUnsent)
            } else {
                poller.remove(descriptor)
            }
        }
        watchStream(conversation, token & ~0xFF | slot % Self.connections, poller)
    }

    private func watchStream(_ conversation: ResolverConversation, _ token: UInt64, _ poller: Poller) {
        guard let descriptor = conversation.takeNewStream() else { return }
        try? poller.add(descriptor, token: token + Self.connections, writable: true)
    }

    private func advance(
        _ job: Job, _ index: Int, _ servers: [(address: IPAddress, isNamed: Bool)], _ poller: Poller, _ now: Instant
    ) {
        var hasAddresses = false
        // Whether a resolver says so or the hosts file.
        var leadsNowhere = false
        if let addresses = job.system?.addresses {
            let isNobodys = addresses.contains { $0.isUnspecified || $0.isLoopback && !job.name.isLocalhost }
            (hasAddresses, leadsNowhere) = (true, isNobodys)
        }
        // Once asked, the resolvers get the time to say why the system waited.
        let elapsed = now - job.startedAt
        if hasAddresses, !leadsNowhere, named.isEmpty,
            job.ownAddresses.isEmpty ? !job.asked : elapsed >= Self.comparison
        {
            job.endedAt = now
            return
        }
        let failed = job.system != nil && !hasAddresses || job.resolution == nil
        let compares = !named.isEmpty || !job.ownAddresses.isEmpty
        if !job.asked, failed || leadsNowhere || compares || elapsed >= Self.suspicion {
            job.asked = true
            for server in servers.prefix(Int(Self.connections) - 1) {
                let conversation = ResolverConversation(
                    job.name, family: family, server: server.address, isNamed: server.isNamed, at: now)
                guard let conversation else { continue }
                job.conversations.append(conversation)
                let token = UInt64(index) << 8 | UInt64(job.conversations.count)
                try? poller.add(conversation.descriptor, token: token)
                watchStream(conversation, token, poller)
            }
        }
        for conversation in job.conversations { conversation.tell(.time, at: now) }
        let directDone = job.asked && job.conversations.allSatisfy { $0.inquiry.isSettled(at: now) }
        // The system may know what no resolver knows (hosts file): it gets its time unless everybody is silent.
        let isEverybodySilent =
            !job.conversations.isEmpty && job.conversations.allSatisfy { $0.inquiry.answer.outcome == .silent }
        if directDone && (failed || hasAddresses || isEverybodySilent) || elapsed >= patience {
            job.endedAt = now
        }
    }

    private func fact(_ job: Job) -> ResolutionFact {
        let elapsed = (job.systemEndedAt ?? job.endedAt ?? job.startedAt) - job.startedAt
        let endedAt = job.endedAt ?? job.startedAt
        // Who was only to be compared with, and took long, has said nothing yet.
        let servers = job.conversations.map(\.inquiry)
            .filter { job.ownAddresses.isEmpty || $0.isSettled(at: endedAt) }.map(\.answer)
        // What the system asks, and with it the applications.
        let own = servers.filter { !$0.isNamed }.map(\.outcome)
        switch job.system {
        case .addresses(let addresses), .leftOut(let addresses, _):
            var fact = ResolutionFact(
                outcome: .addresses(addresses), systemCode: job.system?.code, elapsed: elapsed, servers: servers)
            fact.hostsFile = job.ownAddresses
            return fact
        case .failed(let code):
            return ResolutionFact(
                outcome: Self.join(own, code), systemCode: code, elapsed: elapsed, servers: servers)
        case nil:
            // It still waits: for an answer that never comes, where its resolver gave the other one at once.
            return ResolutionFact(
                outcome: Self.addresses(own) ?? Self.join(own, nil), systemCode: nil, elapsed: elapsed, servers: servers
            )
        }
    }

    /// Of the first server that gives some.
    private static func addresses(_ outcomes: [ResolutionFact.Outcome]) -> ResolutionFact.Outcome? {
        outcomes.first { if case .addresses = $0 { true } else { false } }
    }

    /// What the servers together say; the system's code only where they say nothing at all.
    private static func join(_ outcomes: [ResolutionFact.Outcome], _ code: String?) -> ResolutionFact.Outcome {
        for outcome in outcomes {
            if outcome == .noSuchName || outcome == .noAddress { return outcome }
        }
        for outcome in outcomes { if case .refused = outcome { return outcome } }
        if !outcomes.isEmpty, outcomes.allSatisfy({ $0 == .silent }) { return .silent }
        switch code {
        case "EAI_NONAME": return .noSuchName
        case "EAI_NODATA", "EAI_ADDRFAMILY": return .noAddress
        case let code?: return code == "EAI_AGAIN" ? .silent : .refused(code: code)
        case nil: return .silent
        }
    }
}

extension NameResolution.Outcome {
    fileprivate var addresses: [IPAddress]? {
        switch self {
        case .addresses(let addresses), .leftOut(let addresses, _): addresses
        case .failed: nil
        }
    }

    /// How the system failed those who ask for both families.
    fileprivate var code: String? {
        switch self {
        case .addresses: nil
        case .leftOut(_, let code), .failed(let code): code
        }
    }
}

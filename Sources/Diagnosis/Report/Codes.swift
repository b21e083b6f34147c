/// The codes of the report contract. Scripts depend on the raw values: none is renamed or dropped.

/// What became of one target.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
    /// Everything that was asked for worked.
    case open
    /// The destination host itself refused: nothing listens there.
    case closed
    /// Something stops it on purpose, or silently swallows it.
    case blocked
    /// Routing or neighbour failure: the packets have nowhere to go.
    case unreachable
    /// The handshake completed, then something broke the connection.
    case interfered
    /// It works, with loss, rate limiting, a path-MTU fault or alterations worth knowing.
    case degraded
    /// The evidence allows both a working and a blocked target.
    case undetermined
    /// It could not be tried.
    case failed
}

/// How far the attempt came, in the order an attempt goes through them.
public enum Stage: String, Sendable, Hashable, CaseIterable {
    case resolve
    case route
    case neighbor
    /// UDP's single exchange is its handshake.
    case handshake
    case tls
    case application
    case transfer
    case idle
}

/// How a connection is stopped.
public enum Mechanism: String, Sendable, Hashable, CaseIterable {
    case silentDrop = "silent-drop"
    case icmpReject = "icmp-reject"
    case tcpReset = "tcp-reset"
    case noListener = "no-listener"
    case noRoute = "no-route"
    case noNeighbor = "no-neighbor"
    case routingLoop = "routing-loop"
    case listenOverflow = "listen-overflow"
    case rateLimit = "rate-limit"
    case loss
    case answeredByMiddlebox = "answered-by-middlebox"
    case mtuBlackHole = "mtu-black-hole"
    case closedByPeer = "closed-by-peer"
    case noReply = "no-reply"
    case protocolMismatch = "protocol-mismatch"
    case tlsAlert = "tls-alert"
    case tlsIntercepted = "tls-intercepted"
    case nameNotFound = "name-not-found"
    case resolverSilent = "resolver-silent"
    case resolverRefused = "resolver-refused"
    case idleTimeout = "idle-timeout"
    case alteredInTransit = "altered-in-transit"
    case permission
}

/// Where a stall can be.
public enum Zone: String, Sendable, Hashable, CaseIterable {
    /// This machine, on the way out.
    case localEgress = "local-egress"
    /// This machine, on the way in.
    case localIngress = "local-ingress"
    /// On the way there.
    case path
    /// On the way back.
    case returnPath = "return-path"
    /// The far host itself, its own firewall included.
    case destination
    case resolver
}

/// How sure a verdict is: a word, never a false percentage. Ordered, weakest first.
public enum Confidence: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Silence only.
    case weak
    /// One-sided, with a known small set of look-alikes.
    case likely
    /// Differential and repeated, and a control passes.
    case strong
    /// A direct observation with no second reading.
    case proved

    public static func < (a: Confidence, b: Confidence) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}

/// Who saw it.
public enum Witness: String, Sendable, Hashable, CaseIterable, Comparable {
    /// What the operating system believes: errno, TCP_INFO, the ICMP error queue.
    case socket
    /// The packets on our own interfaces.
    case wire
    /// Which hop answers packets like ours when their TTL runs out.
    case path
    /// Routes, neighbours, counters.
    case kernel
    /// The far end, where somebody runs `stallpoint listen`.
    case peer

    public static func < (a: Witness, b: Witness) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}

/// What gateways, proxies and balancers say of the server behind them in the pages that they show in its place: their own
/// default words, as their sources and manuals have them. A table to grow, not to be complete.
public enum GatewayMarks {
    /// What is wrong behind it.
    public enum Fault: Int, Sendable, Hashable, CaseIterable {
        /// None is there that it would hand a request on to.
        case noneUp
        case unreached
        case invalid
        case late
    }

    private static let words: [(Fault, [String])] = [
        (
            .noneUp,
            [
                // Envoy, and what is built on it
                "no healthy upstream",
                // HAProxy
                "no server is available to handle this request",
                // Traefik
                "no available server",
                // nginx says so in its log only, and some that are built on it on their pages; Kong
                "no live upstreams", "failure to get a peer from the ring-balancer",
                // Kubernetes
                "no endpoints available for service",
                // Varnish, Fastly
                "backend is unhealthy", "no healthy backend",
                // OpenShift's router, an HAProxy with a page of its own
                "application is currently not serving requests at this endpoint",
            ]
        ),
        (
            .unreached,
            [
                "upstream connect error", "backend fetch failed", "cannot connect to upstream",
                // CloudFront
                "can't connect to the server for this app or website",
                // Squid
                "err_connect_fail",
            ]
        ),
        (
            .invalid,
            [
                // Apache, which breaks its lines before and behind that; HAProxy, IIS, Kong
                "response from an upstream server",
                "the server returned an invalid or incomplete response",
                "received an invalid response while acting as a gateway or proxy",
                "an invalid response was received from the upstream server",
            ]
        ),
        (
            .late,
            [
                "upstream request timeout", "the server didn't respond in time", "the upstream server is timing out",
                "gateway did not receive a timely response", "first byte timeout", "err_read_timeout",
            ]
        ),
    ]
    private static let sought = SoughtWords(words.flatMap { fault, texts in texts.map { ($0, fault.rawValue) } })
    /// Such pages are short.
    private static let longest = 4_096

    /// Nil where a page says nothing of what stands behind.
    public static func fault(in content: [UInt8]) -> Fault? {
        sought.first(in: [content], longest: longest).flatMap(Fault.init(rawValue:))
    }
}

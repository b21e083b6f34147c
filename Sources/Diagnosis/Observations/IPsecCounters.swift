import PacketWire

/// What this machine's IPsec counted while the target was probed: /proc/net/xfrm_stat, which anybody may read.
extension Observations {
    /// Packets on their way out that no policy let pass, or for which an association was wanting. The route of a packet whose
    /// policy asks for protection that is not there ends in a hole without a reason of its own (net/xfrm/xfrm_policy.c,
    /// xfrm_lookup_with_ifid and make_blackhole): that this counter rose is all that says why.
    private var unprotected: UInt64 {
        facts.kernel.counters.reduce(0) { sum, change in
            IPsecPolicy.countersOut.contains(change.name) ? sum &+ change.rise : sum
        }
    }

    /// What IPsec counted are our packets: at least as many as ended here without a reason.
    func countsUnprotected(_ packets: Int) -> Bool { packets > 0 && unprotected >= UInt64(packets) }

    /// All that was sent to the target's port, over whatever the attempts were for.
    var triesOfItsKind: Int {
        facts.attempts.filter { $0.kind == primary?.kind }.reduce(0) { $0 + max(1, $1.tries) }
    }
}

import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// "No route" from behind a translator between the families stands for IPv4's host unreachable, too.
struct TranslatedAddressTests {
    private static let target = "2001:db8:6464::cb00:714d"

    /// ICMPv6 1/0 upon the SYN, so many milliseconds after it.
    private static func refused(by sender: String, _ target: String = target, after milliseconds: Int64) -> Facts {
        let address = IPAddress(target)!
        var facts = Facts(
            target: Target(input: "t", host: "t", address: address, port: 5_432, transport: .tcp),
            witnesses: [.socket])
        var primary = Attempt(purpose: .primary, kind: .tcp(port: 5_432), remote: address, startedAt: .zero)
        primary.local = Endpoint(IPAddress("2001:db8:1::2")!, 40_000)
        let at = Instant.zero + .milliseconds(milliseconds)
        primary.socket = SocketOutcome(state: .failed(SocketError(linux: 101), atOnce: false), at: at)
        primary.socket?.notices = [
            ICMPNotice(
                error: ICMPError(family: .v6, type: 1, code: 0), sender: IPAddress(sender)!, timeToLive: 60, at: at)
        ]
        facts.attempts = [primary]
        facts.observedUntil = at + .seconds(1)
        return facts
    }

    @Test("A router of the IPv4 network says no route: which of two it was, the time tells, and not surely")
    func translated() {
        let late = Self.refused(by: "2001:db8:6464::c000:212", after: 3_070).diagnose()
        #expect(late.verdict == .unreachable && late.mechanism == .noNeighbor && late.confidence == .likely)
        #expect(late.zones == [.destination, .path] && late.summary.contains("failed address resolution"))
        let atOnce = Self.refused(by: "2001:db8:6464::c000:212", after: 4).diagnose()
        #expect(atOnce.mechanism == .noRoute && atOnce.zones == [.path, .destination])
        #expect(atOnce.confidence == .likely && atOnce.summary.contains("NAT64"))
    }

    @Test(
        "A router of its own family says what it means",
        arguments: [
            ("2001:db8:3::2", target), ("2001:db8:5::1", "2001:db8:5::10"),
            ("2001:db8:6464::7f00:1", target), ("2001:db8:6464::e000:1", target),
        ])
    func native(sender: String, target: String) {
        let diagnosis = Self.refused(by: sender, target, after: 4).diagnose()
        #expect(diagnosis.zones == [.path] && diagnosis.confidence == .strong, "\(diagnosis.summary)")
    }
}

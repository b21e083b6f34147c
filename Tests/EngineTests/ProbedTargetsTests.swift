import Diagnosis
import PacketWire
import Testing

@testable import Engine

struct ProbedTargetsTests {
    private let targets = [
        Target(input: "db.lab:5432", host: "db.lab", address: IPAddress("203.0.113.10"), port: 5_432, transport: .tcp),
        Target(
            input: "udp://[2001:db8::1]:53", host: "2001:db8::1", address: IPAddress("2001:db8::1"), port: 53,
            transport: .udp),
    ]

    @Test("What is written is read back")
    func roundTrip() {
        #expect(ProbedTargets.parse(ProbedTargets.comments(targets)) == targets)
    }

    @Test("A name without an address has no packets to name")
    func unresolved() {
        let target = Target(input: "nosuch:1", host: "nosuch", address: nil, port: 1, transport: .tcp)
        #expect(ProbedTargets.comments([target]).isEmpty)
    }

    @Test(
        "Other people's comments are not targets",
        arguments: [
            "", "hello", "stallpoint target", "stallpoint target x y z", "stallpoint target 203.0.113.10:1/sctp a b",
            "stallpoint target 203.0.113.10:99999/tcp a b", "stallpoint target [::1:1/tcp a b",
            "stallpoint target 203.0.113.10/tcp a b", "stallpoint target /tcp a b", "stallpoint target :/tcp a b",
        ])
    func foreign(_ comment: String) {
        #expect(ProbedTargets.parse([comment]).isEmpty)
    }
}

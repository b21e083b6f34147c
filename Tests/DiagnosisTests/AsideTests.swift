import Diagnosis
import PacketWire
import Testing

/// What stands aside behaves as if it stood in the structure itself.
@Suite
struct AsideTests {
    private struct Holder: Hashable {
        @Aside var names: [String] = []
        @AsideIfAny var note: String?
    }

    @Test
    func `A copy keeps what it had when the other is changed`() {
        var first = Holder(names: ["a"], note: "old")
        let second = first
        first.names.append("b")
        first.note = nil
        #expect(second.names == ["a"])
        #expect(second.note == "old")
        #expect(first.names == ["a", "b"])
        #expect(first.note == nil)
    }

    @Test
    func `A change of a part is seen`() {
        var holder = Holder(note: "old")
        holder.note?.append("er")
        #expect(holder.note == "older")
    }

    @Test
    func `Equal is what is equal, wherever it stands`() {
        let (one, other) = (Holder(names: ["a"], note: "n"), Holder(names: ["a"], note: "n"))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != Holder(names: ["b"], note: "n"))
        #expect(one != Holder(names: ["a"], note: nil))
        #expect(Holder(names: ["a"]) != Holder(names: ["a"], note: ""))
    }

    @Test
    func `Facts that are changed leave earlier copies as they were`() {
        var facts = Facts(
            target: Target(input: "a:1", host: "a", address: nil, port: 1, transport: .tcp), witnesses: [.socket])
        let before = facts
        facts.kernel.readsRules = true
        facts.route = RouteFact(kind: .unicast)
        #expect(!before.kernel.readsRules && before.route == nil)
        #expect(facts.kernel.readsRules && facts.route?.kind == .unicast)
    }
}

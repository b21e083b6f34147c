import PacketWire
import Testing

@testable import Diagnosis

/// What an answer of DNS says of the name that was asked for.
struct DNSOutcomeTests {
    private static let name = DNSName("db.lab")!
    private static let alias = DNSRecord(name, .cname, .name(DNSName("far.example")!))
    private static let server = DNSRecord(DNSName("lab")!, .ns, .name(DNSName("ns.lab")!))
    private static let authority = DNSRecord(
        DNSName("lab")!, .soa,
        .soa(
            DNSStartOfAuthority(
                primaryServer: DNSName("ns.lab")!, responsible: DNSName("root.lab")!, serial: 1, refresh: 1, retry: 1,
                expire: 1, minimum: 1)))

    private func outcome(
        _ type: DNSType = .a, answers: [DNSRecord] = [], authority: [DNSRecord] = [], recursion: Bool = false
    ) throws -> ResolutionFact.Outcome {
        var answer = DNSMessage.query(Self.name, type, identifier: 1).response(answers: answers)
        answer.authority = authority
        answer.flags.isResponse = true
        answer.flags.recursionAvailable = recursion
        return ResolutionFact.Outcome(try DNSMessage(decoding: answer.encoded().span))
    }

    @Test("A server that looks nothing up says who knows, which is not that there is nothing: RFC 2308 section 2.2")
    func referrals() throws {
        #expect(try outcome(authority: [Self.server]) == .leadsOn("the servers of lab (ns.lab)"))
        #expect(try outcome(.mx, authority: [Self.server, Self.server]) == .leadsOn("the servers of lab (ns.lab, …)"))
        #expect(try outcome(answers: [Self.alias]) == .leadsOn("the name far.example"))
        // The zone is its own, or it looked it up.
        #expect(try outcome(authority: [Self.authority]) == .noAddress)
        #expect(try outcome(answers: [Self.alias], authority: [Self.authority]) == .noAddress)
        #expect(try outcome(authority: [Self.server], recursion: true) == .noAddress)
        #expect(try outcome(answers: [Self.alias], recursion: true) == .noAddress)
        #expect(try outcome() == .noAddress)
    }

    @Test("An answer is one whatever stands beside it")
    func answers() throws {
        let address = DNSRecord(DNSName("far.example")!, IPAddress("192.0.2.7")!)
        #expect(
            try outcome(answers: [Self.alias, address], authority: [Self.server])
                == .addresses([IPAddress("192.0.2.7")!]))
        #expect(try outcome(.cname, answers: [Self.alias]) == .records(["far.example"]))
    }

    @Test("Of the name speaks whoever found, found nothing, or leads on")
    func subject() {
        let ofTheName: [ResolutionFact.Outcome] = [
            .addresses([]), .records([]), .leadsOn("x"), .noSuchName, .noAddress,
        ]
        for outcome in ofTheName { #expect(outcome.isOfTheName) }
        #expect(!ResolutionFact.Outcome.refused(code: "FORMERR").isOfTheName)
        #expect(!ResolutionFact.Outcome.silent.isOfTheName)
    }
}

import Diagnosis
import PacketWire
import Reporting
import Testing

/// IPv4 and IPv6 of one name, side by side.
struct FamilyComparisonTests {
    private static let works = Sample.open.report.diagnoses[0]
    private static let dropped = Sample.droppedBetweenRouters.report.diagnoses[0]
    private static let closed = Sample.closed.report.diagnoses[0]

    private static func families(_ four: TargetDiagnosis..., six: TargetDiagnosis...) -> [FamilyComparison] {
        let all =
            four.enumerated().map { Sample.family($1, "203.0.113.1\($0)") }
            + six.enumerated().map { Sample.family($1, "2001:db8:5::1\($0)") }
        return DiagnosisReport(run: .withEverything, diagnoses: all).families
    }

    @Test func outcomes() {
        #expect(Self.families(Self.works, six: Self.works).map(\.outcome) == [.bothWork])
        #expect(Self.families(Self.works, six: Self.dropped).map(\.outcome) == [.only(.v4)])
        #expect(Self.families(Self.closed, six: Self.works).map(\.outcome) == [.only(.v6)])
        #expect(Self.families(Self.dropped, six: Self.dropped).map(\.outcome) == [.failAlike])
        #expect(Self.families(Self.dropped, six: Self.closed).map(\.outcome) == [.failDifferently])
    }

    @Test("Of several addresses the one that works counts") func best() {
        let both = Self.families(Self.dropped, Self.works, six: Self.closed)
        #expect(both.map(\.v4) == [.open] && both.map(\.v6) == [.closed])
        #expect(both[0].summary.contains("IPv6 first") && both[0].summary.contains("closed"))
    }

    @Test("An address has no other family, and one family is no comparison") func none() {
        #expect(Self.families(Self.works, Self.dropped).isEmpty)
        #expect(DiagnosisReport(run: .withEverything, diagnoses: [Self.works, Self.dropped]).families.isEmpty)
    }

    @Test("Ports and transports of a name are not mixed") func keys() {
        var udp = Sample.family(Self.dropped, "2001:db8:5::10")
        udp.target.transport = .udp
        var other = udp
        other.target.transport = .tcp
        other.target.port = 443
        let diagnoses = [Sample.family(Self.works, "203.0.113.10"), udp, other]
        #expect(DiagnosisReport(run: .withEverything, diagnoses: diagnoses).families.isEmpty)
    }

    @Test("Each outcome is one sentence that names the host and both verdicts") func sentences() {
        func sentence(_ four: TargetDiagnosis, _ six: TargetDiagnosis) -> String? {
            Self.families(four, six: six).first?.summary
        }
        #expect(sentence(Self.works, Self.works)?.hasSuffix("/tcp works over IPv4 and IPv6.") == true)
        #expect(sentence(Self.dropped, Self.dropped)?.contains("fails over IPv4 and IPv6 alike (blocked)") == true)
        #expect(
            sentence(Self.dropped, Self.closed)?
                .hasSuffix("fails over IPv4 (blocked) and over IPv6 (closed), each in its own way.") == true)
        #expect(sentence(Self.works, Self.dropped)?.contains("works over IPv4 and not over IPv6 (blocked)") == true)
    }

    @Test("Addresses of one family are compared where some work and some do not") func addresses() {
        func compared(_ four: TargetDiagnosis..., six: TargetDiagnosis...) -> [AddressComparison] {
            let all =
                four.enumerated().map { Sample.family($1, "203.0.113.1\($0)") }
                + six.enumerated().map { Sample.family($1, "2001:db8:5::1\($0)") }
            return DiagnosisReport(run: .withEverything, diagnoses: all).addresses
        }
        #expect(compared(Self.works, Self.works, six: Self.dropped, Self.closed).isEmpty)
        let mixed = compared(Self.works, Self.dropped, Self.closed, six: Self.closed, Self.works)
        #expect(mixed.map(\.working.count) == [1, 1] && mixed.map(\.failing.count) == [2, 1])
        #expect(
            mixed[0].summary.contains(
                "of the 3 addresses of the name 2 do not work (203.0.113.11 blocked, 203.0.113.12"))
        #expect(mixed[1].summary.contains("of the 2 addresses of the name 1 does not work (2001:db8:5::10 closed)"))
        // Two targets that were written as addresses are two.
        #expect(DiagnosisReport(run: .withEverything, diagnoses: [Self.works, Self.dropped]).addresses.isEmpty)
    }

    @Test("The text says so at the end of a run") func addressesInText() {
        let diagnoses = [Sample.family(Self.works, "203.0.113.10"), Sample.family(Self.dropped, "203.0.113.11")]
        let report = DiagnosisReport(run: .withEverything, diagnoses: diagnoses)
        let text = report.formatted(as: .text, style: TextStyle(width: 80))
        #expect(text.contains("\nAddresses: "))
        #expect(!report.formatted(as: .text, style: TextStyle(width: 80, detail: .quiet)).contains("Addresses: "))
    }
}

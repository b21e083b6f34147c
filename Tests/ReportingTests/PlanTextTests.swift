import Conversations
import Probing
import Reporting
import Testing

/// `probe --plan` in words: complete, in columns, and never longer than what it promises.
struct PlanTextTests {
    private func lines(_ targets: String..., isThorough: Bool = false, change: (inout ProbeSettings) -> Void = { _ in })
        throws -> [String]
    {
        var settings = ProbeSettings()
        change(&settings)
        let singles = try targets.flatMap { try TargetSpecification($0).singles }
        let text = PlanText(targets: singles, settings: settings, isThorough: isThorough).text
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test("Every target has its budget and every experiment its line, with cost and needs")
    func everything() throws {
        let lines = try lines("192.0.2.1:443", isThorough: true)
        #expect(lines.first == "192.0.2.1:443: at most 240 packets, 20 a second")
        #expect(lines.last == "Each of these ends as soon as one verdict stands. Nothing was sent.")
        for experiment in Experiments.all {
            let own = lines.filter { $0.hasPrefix("    \(experiment.name) ") }
            #expect(own.count == 1, "\(experiment.name)")
            let packets = experiment.mostPackets(isThorough: true)
            #expect(own.allSatisfy { $0.contains("  \(packets)  \(experiment.question)") })
            if let needs = experiment.needs { #expect(own.allSatisfy { $0.hasSuffix(" Needs \(needs).") }) }
        }
        // Occasions are headings, each once; what follows stands below each other.
        let occasions = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("    ") }
        #expect(occasions.count == Set(occasions).count && occasions.first == "  first")
        let steps = lines.filter { $0.hasPrefix("    ") }
        let width = Experiments.all.map { $0.name.count }.max() ?? 0
        #expect(steps.allSatisfy { Int($0.dropFirst(4 + width).prefix(4).filter { $0 != " " }) != nil })
    }

    @Test("A DNS server that is the target is asked its question in every way, others are not")
    func questions() throws {
        #expect(try lines("dns://192.0.2.53/db.lab").contains { $0.contains("over UDP, over TCP") })
        #expect(try !lines("192.0.2.53:53/udp").contains { $0.contains("over UDP, over TCP") })
    }

    @Test("What is said, or listened for, is named with how long it is waited for")
    func words() throws {
        let listened = try lines("a:22").filter { $0.hasPrefix("    a greeting ") }
        #expect(listened.count == 1 && listened[0].contains(" 0  Does the service speak first, as SSH does?"))
        #expect(listened[0].hasSuffix("3000 ms at most."))
        #expect(try lines("a:25").contains { $0.contains("SMTP") && $0.hasSuffix("7000 ms at most.") })
        for target in ["a:5432", "a:22/udp", "https://a/"] {
            #expect(try !lines(target).contains { $0.contains("a greeting") }, "\(target)")
        }
        let said = try lines("https://a/")
        #expect(said.contains { $0.contains("a dialogue") && $0.contains("TLS, one HTTP request? Waited for 8000 ms") })
        #expect(
            said.contains { $0.hasPrefix("    other hellos ") } && said.contains { $0 == "  when the dialogue stalls" })
        let plain = try lines("http://a/")
        #expect(plain.contains { $0.contains("answered: one HTTP request?") } && !plain.contains { $0.contains("TLS") })
        // What may be measured behind it comes on top.
        #expect(said.first == "https://a/: at most 181 packets, 20 a second")
        #expect(try lines("smtp://a").contains { $0.contains("answered: STARTTLS, TLS?") })
        #expect(try !lines("a:5432").contains { $0.contains("a dialogue") || $0.contains("packet sizes") })
    }

    @Test("Thorough doubles the budget, UDP has those of source ports, and without a ladder there is none")
    func variations() throws {
        #expect(try lines("a:1", isThorough: true).first == "a:1: at most 240 packets, 20 a second")
        let datagram = try lines("a:53/udp")
        #expect(datagram.contains { $0.contains("the datagram") && $0.contains("Sent up to three times") })
        #expect(datagram.contains { $0.contains("other source ports") } && datagram.contains { $0.contains("Needs") })
        #expect(!datagram.contains { $0.contains("one option at a time") })
        #expect(try lines("a:1").contains { $0.hasPrefix("    ladders") })
        #expect(try !lines("a:1") { $0.walksLadder = false }.contains { $0.hasPrefix("    ladders") })
        let timeout = try lines("a:1") { $0.wait(.milliseconds(700)) }
        #expect(timeout.contains { $0.contains("for 700 ms of silence") })
    }

    @Test("Several targets have a plan each, in their order, and one end")
    func several() throws {
        let lines = try lines("b:1-2", "a:53/udp")
        let heads = lines.filter { !$0.hasPrefix(" ") }.dropLast()
        #expect(heads.map { $0.prefix { $0 != " " } } == ["b:1:", "b:2:", "a:53/udp:"])
        #expect(lines.count { $0.hasSuffix("Nothing was sent.") } == 1)
    }

    @Test("What a person typed is escaped")
    func escaped() throws {
        var single = try #require(TargetSpecification("a:1").singles.first)
        single.input = "\u{1B}[31mx\u{202E}"
        let text = PlanText(targets: [single], settings: ProbeSettings(), isThorough: false).text
        #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        #expect(text.hasPrefix("\\x1b[31mx\\u{202e}: at most"))
    }
}

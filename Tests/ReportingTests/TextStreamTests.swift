import Diagnosis
import StallpointTestKit
import Testing

@testable import Reporting

/// Many targets: what ends alike is told in full a few times, what is different every time.
@Suite struct TextStreamTests {
    private static func targets(_ count: Int, _ sample: Sample = Sample.droppedOnLastStretch) -> [TargetDiagnosis] {
        (1...UInt16(count)).map { port in
            var diagnosis = sample.report.diagnoses[0]
            diagnosis.target = Target("203.0.113.10", port, at: "203.0.113.10")
            return diagnosis
        }
    }

    private static func text(_ diagnoses: [TargetDiagnosis], _ detail: TextStyle.Detail = .normal) -> String {
        TextReport(style: TextStyle(width: 100, detail: detail))
            .document(DiagnosisReport(run: .withEverything, diagnoses: diagnoses))
    }

    private static func inFull(_ text: String) -> Int {
        text.split(separator: "\n").count { $0 == "  Seen by" }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 20, 21, 200])
    func alike(_ count: Int) {
        let text = Self.text(Self.targets(count))
        #expect(Self.inFull(text) == min(count, TextStream.inFull))
        let lines = text.split(separator: "\n")
        for port in 1...count { #expect(lines.count { $0.hasPrefix("203.0.113.10:\(port)/tcp  BLOCKED") } == 1) }
        let note = count - TextStream.inFull
        #expect(text.contains("end like others that are told in full") == (note > 1))
        if note > 1 { #expect(text.contains("\(note) targets end like")) }
        if note == 1 { #expect(text.contains("1 target ends like")) }
        // The table: one row for all where they are many.
        let rows = lines.count { $0.hasPrefix("  203.0.113.10:") }
        #expect(rows == (count == 1 ? 0 : count > TableRow.mostSingle ? 1 : count))
        if count > TableRow.mostSingle { #expect(text.contains("  203.0.113.10:1-\(count)/tcp  BLOCKED")) }
    }

    @Test("what is different is told in full, wherever it stands")
    func different() {
        for place in [0, 10, 29] {
            var diagnoses = Self.targets(30)
            let target = diagnoses[place].target
            diagnoses[place] = Sample.closed.report.diagnoses[0]
            diagnoses[place].target = target
            let text = Self.text(diagnoses)
            #expect(Self.inFull(text) == TextStream.inFull + 1)
            #expect(text.contains("\n\n203.0.113.10:\(place + 1)/tcp  CLOSED") || place == 0)
            let row = "  203.0.113.10:\(place + 1)/tcp "
            #expect(text.split(separator: "\n").count { $0.hasPrefix(row) } == 1)
            if place == 10 { #expect(text.contains("  203.0.113.10:1-10,12-30/tcp  BLOCKED")) }
        }
    }

    @Test("another place, another grade or another zone is not alike")
    func unlike() {
        var diagnoses = Self.targets(6)
        diagnoses[3].confidence = .strong
        diagnoses[4].zones = [.path]
        diagnoses[5].afterHop = hop(1, "198.51.100.1")
        #expect(Self.inFull(Self.text(diagnoses)) == 6)
    }

    @Test("each host that refuses by itself is like the next one that does")
    func hosts() {
        let diagnoses = (1...30).map { number in
            var diagnosis = Sample.closed.report.diagnoses[0]
            let host = "203.0.113.\(number)"
            diagnosis.target = Target(host, 22, at: host)
            diagnosis.actor = address(host)
            diagnosis.beforeHop = hop(4, host)
            return diagnosis
        }
        let text = Self.text(diagnoses)
        #expect(Self.inFull(text) == TextStream.inFull)
        // Each has its own row: hosts are not put together.
        #expect(text.split(separator: "\n").count { $0.hasPrefix("  203.0.113.") } == 30)
    }

    @Test("verbose tells each in full, and quiet a line of each")
    func details() {
        #expect(Self.inFull(Self.text(Self.targets(30), .verbose)) == 30)
        #expect(Self.text(Self.targets(30), .quiet).split(separator: "\n").count == 30)
    }

    @Test("open targets are short already, and each says what it is")
    func open() {
        let text = Self.text(Self.targets(30, Sample.open))
        #expect(text.split(separator: "\n").count { $0.contains("The handshake completed") } == 30)
        #expect(!text.contains("like others"))
    }
}

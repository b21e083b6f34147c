import CaptureReplay
import Diagnosis
import StallpointTestKit
import Testing

@testable import Reporting

/// The report on a capture for people: what is alike is told a few times, what is different always.
@Suite struct CaptureTextTests {
    private static func text(_ detail: TextStyle.Detail = .normal, _ make: (inout GeneratedTraffic) -> Void) -> String {
        var analyzer = CaptureAnalyzer()
        analyzer.read(GeneratedTraffic(seed: 5, make).captureFile.span, isComplete: true)
        let result = analyzer.result()
        var report = DiagnosisReport(run: .withEverything, diagnoses: result.findings)
        report.capture = result.digest
        return CaptureText(style: TextStyle(width: 100, detail: detail)).document(report)
    }

    private static func lines(_ text: String, _ verdict: String) -> Int {
        text.split(separator: "\n").count { $0.contains("/tcp  \(verdict)  ") }
    }

    /// Findings in more than a line.
    private static func told(_ text: String) -> Int {
        text.split(separator: "\n").count { $0.hasPrefix("  The host 203.0.113.") && $0.contains("with a reset") }
    }

    @Test("Of a scan of many hosts that refuse, ten are listed, and the rest counted", arguments: [4, 10, 11, 150])
    func scan(_ hosts: Int) {
        let text = Self.text { traffic in
            for server in 0..<hosts { traffic.refused(client: 1, server: server) }
        }
        #expect(Self.lines(text, "CLOSED") == min(hosts, 10) && Self.told(text) == 3, "\(text)")
        let hidden = hosts - 10
        #expect(text.contains("more like these") == (hidden > 0))
        if hidden == 1 { #expect(text.contains("1 finding more like these, 1 conversation: -v shows all")) }
        if hidden > 1 { #expect(text.contains("\(hidden) findings more like these, \(hidden) conversations: -v")) }
        #expect(text.contains("\(hosts) closed") && !text.contains("of other kinds"))
    }

    @Test("What is different stands out, before them or behind them")
    func different() {
        let text = Self.text { traffic in
            for server in 0..<60 { traffic.refused(client: 1, server: server) }
            for client in 0..<2 { traffic.rejected(client: client, server: 70, by: "192.0.2.\(client + 1)") }
            traffic.stalled(client: 3, server: 80)
        }
        #expect(Self.lines(text, "CLOSED") == 10 && text.contains("50 findings more like these"))
        // Two routers that reject are not alike.
        #expect(text.contains("192.0.2.1 rejects the SYN") && text.contains("192.0.2.2 rejects the SYN"))
        let order = ["192.0.2.1 rejects", "CLOSED", "DEGRADED"].map { word in
            text.split(separator: "\n").firstIndex { $0.contains(word) } ?? -1
        }
        #expect(order.allSatisfy { $0 >= 0 }, "\(text)")
        #expect(order[0] < order[1], "worst first")
    }

    @Test("Everything is shown where that is asked for, or where there is little")
    func all() {
        func many(_ traffic: inout GeneratedTraffic) {
            for server in 0..<60 { traffic.refused(client: 1, server: server) }
        }
        let verbose = Self.text(.verbose, many)
        #expect(Self.lines(verbose, "CLOSED") == 60 && !verbose.contains("more like these"))
        #expect(Self.lines(Self.text(.quiet, many), "CLOSED") == 60)
        let three = Self.text { traffic in
            for server in 0..<3 { traffic.refused(client: 1, server: server) }
        }
        #expect(Self.lines(three, "CLOSED") == 3 && three.contains("Time line"))
    }
}

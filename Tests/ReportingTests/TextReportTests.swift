import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Reporting

/// What holds for every text report, whatever the sample.
@Suite struct TextReportTests {
    static let widths = [0, 1, 40, 60, 80, 120, 500]

    @Test(arguments: Sample.all) func colorOnlyAdds(_ sample: Sample) {
        for detail in TextStyle.Detail.allCases {
            let plain = sample.report.formatted(as: .text, style: TextStyle(usesColor: false, detail: detail))
            let colored = sample.report.formatted(as: .text, style: TextStyle(usesColor: true, detail: detail))
            #expect(colored != plain)
            #expect(colored.withoutColor == plain)
        }
    }

    @Test(arguments: Sample.all) func plainTextHoldsNothingThatATerminalObeys(_ sample: Sample) {
        for width in Self.widths {
            for unicode in [true, false] {
                let style = TextStyle(width: width, usesUnicode: unicode, detail: .verbose)
                let text = sample.report.formatted(as: .text, style: style)
                #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isObeyedRatherThanShown })
                if !unicode { #expect(text.unicodeScalars.allSatisfy { $0.isASCII }) }
            }
        }
    }

    @Test(arguments: Sample.all) func machineFormatsHoldNothingThatATerminalObeys(_ sample: Sample) {
        for format in [ReportFormat.json, .ndjson] {
            let text = sample.report.formatted(as: format)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isObeyedRatherThanShown })
        }
    }

    /// Only what has no space in it, or is a command to copy, is longer than the width.
    @Test(arguments: Sample.all) func linesKeepToTheWidth(_ sample: Sample) {
        for width in [40, 60, 80, 120] {
            for unicode in [true, false] {
                let style = TextStyle(width: width, usesUnicode: unicode)
                for line in sample.report.formatted(as: .text, style: style).split(separator: "\n") {
                    let isCommand = line.hasPrefix("      sudo ")
                    let words = line.split(separator: " ").count
                    let width = DisplayText(String(line), unicode: unicode).width
                    // A label and one long word, or one column of a drawing, at the least.
                    #expect(width <= style.width || isCommand || words <= 5, "\(line)")
                }
            }
        }
    }

    @Test(arguments: Sample.all) func noTrailingSpaces(_ sample: Sample) {
        let text = sample.report.formatted(as: .text, style: TextStyle(detail: .verbose))
        #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
        #expect(text.hasSuffix("\n"))
    }

    /// Blocks as they come and the closing are the document: a front end may print either way.
    @Test(arguments: Sample.all) func blocksMakeTheDocument(_ sample: Sample) {
        for detail in TextStyle.Detail.allCases {
            let style = TextStyle(detail: detail)
            var stream = TextStream(style: style)
            let pieces = sample.report.diagnoses.map { stream.block($0) }.joined() + stream.closing(sample.report)
            #expect(TextReport(style: style).document(sample.report) == pieces)
        }
        let lines = sample.report.diagnoses.map { NDJSONReport.line($0) }.joined()
        #expect(NDJSONReport.document(sample.report) == lines)
    }

    @Test(arguments: Sample.all) func quietIsOneLineATarget(_ sample: Sample) {
        let text = sample.report.formatted(as: .text, style: TextStyle(width: 40, detail: .quiet))
        let lines = text.split(separator: "\n")
        #expect(lines.count == sample.report.diagnoses.count)
        for (line, diagnosis) in zip(lines, sample.report.diagnoses) {
            #expect(line.contains("  \(diagnosis.verdict.rawValue.uppercased())"))
            #expect(line.hasSuffix("[\(diagnosis.confidence.rawValue)]"))
        }
    }

    @Test func anOpenTargetIsShort() {
        let block = TextReport().block(Sample.openDiagnosis)
        #expect(block.split(separator: "\n").count <= 3)
    }

    /// Frame numbers, evidence and look-alikes: when verbose nothing of the diagnosis is left out.
    @Test(arguments: Sample.all) func verboseLeavesNothingOut(_ sample: Sample) {
        let style = TextStyle(width: 10_000, detail: .verbose)
        let text = sample.report.formatted(as: .text, style: style)
        for diagnosis in sample.report.diagnoses {
            let told =
                [diagnosis.summary] + diagnosis.advice + diagnosis.evidence.flatMap { [$0.fact, $0.detail] }
                + diagnosis.timeline.map(\.summary)
                + diagnosis.lookAlikes.flatMap { [$0.cause, $0.whyNotExcluded, $0.experiment] }
            for words in told { #expect(text.contains(DisplayText(words, unicode: true).text)) }
        }
    }
}

extension String {
    /// Without Select Graphic Rendition sequences.
    var withoutColor: String {
        var result = ""
        var isInside = false
        for scalar in unicodeScalars {
            if scalar == "\u{1B}" {
                isInside = true
            } else if isInside {
                if scalar == "m" { isInside = false }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    @Test("A traced service of datagrams that answers its question alone has its silence explained")
    func unansweredLadder() {
        func note(_ verdict: Verdict, _ end: PathHop.Answer, _ transport: Transport = .udp) -> Bool {
            let host = IPAddress("203.0.113.10")!
            let diagnosis = TargetDiagnosis(
                target: Target("203.0.113.10", 161, transport), verdict: verdict, confidence: .likely,
                summary: "It is so.",
                path: [
                    PathHop(ttl: 1, target: .timeExceeded(IPAddress("198.51.100.1")!)),
                    PathHop(ttl: 2, target: end, control: .reached(host, "SYN-ACK")),
                ])
            return TraceReport(style: TextStyle(width: 80)).block(diagnosis).contains("answered the question itself")
        }
        #expect(note(.open, .silence))
        #expect(!note(.blocked, .silence) && !note(.open, .silence, .tcp))
        #expect(!note(.open, .reached(IPAddress("203.0.113.10")!, "datagram")))
    }
}

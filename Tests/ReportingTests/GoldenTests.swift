import Diagnosis
import Reporting
import StallpointTestKit
import Testing

/// Every format of every sample, byte for byte, under `fixtures/reports`.
@Suite struct GoldenTests {
    private let goldens = Goldens(fixtures: "reports")

    /// One file a way of looking at the same report.
    private static let styles: [(file: String, style: TextStyle)] = [
        ("text-80.txt", TextStyle(width: 80)),
        ("text-120.txt", TextStyle(width: 120)),
        ("text-ascii.txt", TextStyle(width: 80, usesUnicode: false)),
        ("text-color.txt", TextStyle(width: 100, usesColor: true)),
        ("text-quiet.txt", TextStyle(width: 80, detail: .quiet)),
        ("text-verbose.txt", TextStyle(width: 100, detail: .verbose)),
    ]

    @Test(arguments: Sample.all) func text(_ sample: Sample) {
        for (file, style) in Self.styles {
            check(sample.report.formatted(as: .text, style: style), "\(sample.name)/\(file)")
        }
    }

    @Test(arguments: [Sample.traced, .tracedIPv6, .hostile]) func tables(_ sample: Sample) {
        for (file, style) in Self.styles where style.detail == .normal {
            let text = sample.report.diagnoses.map(TraceReport(style: style).block).joined()
            check(text, "\(sample.name)/trace-\(file.dropFirst("text-".count))")
        }
    }

    @Test(arguments: Sample.all) func machineReadable(_ sample: Sample) {
        check(sample.report.formatted(as: .json), "\(sample.name)/report.json")
        check(sample.report.formatted(as: .ndjson), "\(sample.name)/report.ndjson")
    }

    /// One file's difference does not hide the next one's; a recording writes them all.
    private func check(_ actual: String, _ path: String) {
        #expect(throws: Never.self) { try goldens.check(actual, path) }
    }

    @Test func everyFolderHasItsSample() throws {
        let cases = try goldens.cases()
        #expect(cases == Sample.all.map(\.name).sorted())
    }
}

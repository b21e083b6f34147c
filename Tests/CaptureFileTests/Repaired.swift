import CaptureFile
import StallpointTestKit

/// What `CaptureRepair` makes of bytes, through both passes as a program runs them.
struct Repaired {
    var findings: CaptureRepair
    var bytes: [UInt8]
    /// Thrown where the bytes are no capture.
    var refusal: CaptureFileError?

    /// - Parameter piece: How many bytes come at once, as of a pipe; nil for all.
    init(_ input: [UInt8], comment: String? = "repaired", piece: Int? = nil) {
        findings = CaptureRepair()
        bytes = []
        do throws(CaptureFileError) {
            var findings = CaptureRepair()
            try Self.feed(input, piece) { window, isComplete throws(CaptureFileError) in
                try findings.survey(window, isComplete: isComplete)
            }
            self.findings = findings
        } catch {
            refusal = error
            return
        }
        var writer = findings.writer()
        var output: [UInt8] = []
        let said = findings.isWhole ? nil : comment
        Self.feed(input, piece) { window, isComplete in
            writer.write(window, isComplete: isComplete, comment: said, to: &output)
        }
        bytes = output
    }

    private static func feed<Failure: Error>(
        _ input: [UInt8], _ piece: Int?,
        _ body: (Span<UInt8>, Bool) throws(Failure) -> CaptureRepair.Step
    ) throws(Failure) {
        var window: [UInt8] = []
        var taken = 0
        func take(_ count: Int) {
            let end = min(input.count, taken + count)
            window += input[taken..<end]
            taken = end
        }
        take(piece ?? input.count)
        while true {
            switch try body(window.span, taken == input.count) {
            case .needsMore(let released, let count):
                window.removeFirst(released)
                take(max(count, piece ?? 0))
            case .flush: break
            case .end: return
            }
        }
    }
}

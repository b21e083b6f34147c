@testable import CaptureFile
@testable import CaptureReplay
@testable import Conversations
@testable import Diagnosis
@testable import Reporting

/// The fuzzer's entry for whole files: read, judged, told and repaired.
///
/// The first two bytes choose how much is held and in which pieces the file comes; the rest is the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCapture(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count >= 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let file = Array(input[2...])
    var options = CaptureAnalyzer.Options()
    options.listsAll = true
    options.mostListed = 64
    // With few held at a time, conversations are let go while others go on.
    if input[0] & 1 == 1 {
        options.heldConversations = 1 + Int(input[0] >> 1) % 8
        options.mostConversations = options.heldConversations * 2
    }
    var whole = CaptureAnalyzer(options)
    whole.read(file.span, isComplete: true)
    let result = whole.result()
    check(result, whole)

    // As from a pipe: the same packets in the same conversations, unless the damage is such that what follows matters.
    var pieces = CaptureAnalyzer(options)
    feed(&pieces, file, piece: 1 + Int(input[1]) * 16)
    if whole.problem == nil, whole.reader.totals.isEmpty {
        require(pieces.digest == whole.digest && pieces.problem == nil)
        let other = pieces.result()
        require(other.findings.map(\.verdict) == result.findings.map(\.verdict))
        require(other.diagnoses.map(\.summary) == result.diagnoses.map(\.summary))
    }
    repair(file)
    return 0
}

/// What every result must hold, and that it can be told in every format without a control character.
private func check(_ result: CaptureResult, _ analyzer: CaptureAnalyzer) {
    let digest = result.digest
    require(digest.packets == analyzer.reader.packetCount)
    require(digest.verdicts.values.reduce(0, +) + digest.others <= digest.conversations)
    let report = DiagnosisReport(
        run: RunInformation(
            toolVersion: "0", startedUnixNanoseconds: analyzer.startedUnixNanoseconds ?? 0, elapsed: .zero,
            witnesses: [.wire], missing: [], captureFile: nil, notes: analyzer.notes),
        diagnoses: result.findings + result.diagnoses, capture: digest)
    for format in ReportFormat.allCases {
        let text = report.formatted(as: format)
        // Lines of CSV end with both (RFC 4180).
        let ends: Set<UInt8> = format == .csv ? [0x0A, 0x0D] : [0x0A]
        require(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || ends.contains($0) }, "\(format)")
    }
    require(!CaptureText().document(report).utf8.contains(0x1B))
}

private func feed(_ analyzer: inout CaptureAnalyzer, _ file: [UInt8], piece: Int) {
    var window: [UInt8] = []
    var taken = 0
    while true {
        let end = min(file.count, taken + piece)
        window += file[taken..<end]
        taken = end
        let need = analyzer.read(window.span, isComplete: taken == file.count)
        require(need.released >= 0 && need.released <= window.count)
        window.removeFirst(need.released)
        if need.more == 0 || taken == file.count { return }
    }
}

/// What is made of damage is whole, holds as many packets as were found, and is left alone the next time.
private func repair(_ file: [UInt8]) {
    guard let (findings, bytes) = repaired(file), !findings.isWhole, findings.packets > 0 else { return }
    guard let (again, same) = repaired(bytes) else { fatalError("refused what it had repaired") }
    require(again.isWhole && again.packets == findings.packets && same == bytes)
}

private func repaired(_ file: [UInt8]) -> (CaptureRepair, [UInt8])? {
    var findings = CaptureRepair()
    guard (try? findings.survey(file.span, isComplete: true)) != nil else { return nil }
    var writer = findings.writer()
    var output: [UInt8] = []
    while case .flush = writer.write(file.span, isComplete: true, comment: "repaired", to: &output) {}
    return (findings, findings.isWhole ? file : output)
}

/// Says which check failed: in an optimised build `precondition` does not.
private func require(_ holds: Bool, _ what: @autoclosure () -> String = "", line: Int = #line) {
    if !holds { fatalError("FuzzCapture.swift:\(line): \(what())") }
}

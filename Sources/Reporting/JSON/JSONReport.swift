import CaptureFile
import Conversations
public import Diagnosis

/// `stallpoint.report/1` as one document; `schema/stallpoint.report-1.schema.json` describes it.
public enum JSONReport {
    /// The whole report, indented, with a last newline.
    public static func document(_ report: DiagnosisReport) -> String {
        let capture = report.capture.map { [JSONValue.Member("capture", JSONValue($0))] } ?? []
        return JSONValue.object(
            [
                .init("schema", .string("stallpoint.report/1")),
                .init(
                    "tool",
                    .object([
                        .init("name", .string("stallpoint")), .init("version", .string(report.run.toolVersion)),
                    ])),
                .init("run", JSONValue(report.run)),
                .init("diagnoses", .array(report.diagnoses.map { JSONValue($0) })),
                .init("families", .array(report.families.map { JSONValue($0) })),
            ] + capture
        ).indented() + "\n"
    }
}

/// One `Diagnosis` of the contract a line.
public enum NDJSONReport {
    /// One diagnosis, with its newline.
    public static func line(_ diagnosis: TargetDiagnosis) -> String {
        JSONValue(diagnosis).line + "\n"
    }

    public static func document(_ report: DiagnosisReport) -> String {
        report.diagnoses.map(line).joined()
    }
}

extension JSONValue {
    init(_ families: FamilyComparison) {
        self = .object([
            .init("host", .string(families.host)),
            .init("port", .integer(Int64(families.port))),
            .init("transport", .code(families.transport)),
            .init("ipv4", .code(families.v4)),
            .init("ipv6", .code(families.v6)),
            .init("summary", .string(families.summary)),
        ])
    }

    init(_ run: RunInformation) {
        self = .object([
            .init("started", .string(CivilTime.text(unixNanoseconds: run.startedUnixNanoseconds))),
            .init("elapsed_s", .decimal(units: run.elapsed.wholeMicroseconds, places: 6)),
            .init("witnesses", .array(run.witnesses.map { .code($0) })),
            .init(
                "missing_witnesses",
                .array(
                    run.missing.map { missing in
                        .object([
                            .init("witness", .code(missing.witness)),
                            .init("reason", .string(missing.reason)),
                            .init("would_add", .string(missing.wouldAdd)),
                            .init("grant", .optional(missing.grant) { .string($0) }),
                        ])
                    })),
            .init("capture_file", .optional(run.captureFile) { .string($0) }),
            .init("notes", .array(run.notes.map { .string($0) })),
        ])
    }

    /// Milliseconds to the microsecond: below that the clocks and the kernel's hand-over are noise.
    static func milliseconds(_ span: TimeSpan) -> JSONValue {
        .decimal(units: span.wholeMicroseconds, places: 3)
    }
}

extension TimeSpan {
    /// Rounded, halves away from zero.
    var wholeMicroseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        if remainder >= 500 { return quotient + 1 }
        return remainder <= -500 ? quotient - 1 : quotient
    }
}

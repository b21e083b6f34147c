import Diagnosis
import Foundation
import PacketWire
import Reporting
import StallpointTestKit
import Testing

/// Every report is as `schema/stallpoint.report-1.schema.json` says, and the schema as the types say.
@Suite struct SchemaTests {
    private let document: JSONDocument
    private let schema: JSONSchema

    init() throws {
        document = try JSONDocument(
            file: Goldens.repository.appending(path: "schema/stallpoint.report-1.schema.json"))
        schema = JSONSchema(document)
    }

    /// The hostile sample holds frame numbers and TTLs that no capture has; everything else in it is valid.
    private static let impossible: Set<String> = ["less than 1.0", "more than 255.0"]

    @Test(arguments: Sample.all) func everyReport(_ sample: Sample) throws {
        var violations = schema.violations(in: try JSONDocument(parsing: sample.report.formatted(as: .json)))
        if sample.name == "hostile" { violations.removeAll { Self.impossible.contains($0.problem) } }
        #expect(violations == [])
        let lines = sample.report.formatted(as: .ndjson).split(separator: "\n")
        #expect(lines.count == sample.report.diagnoses.count)
        for line in lines {
            var violations = schema.violations(in: try JSONDocument(parsing: line), definition: "diagnosis")
            if sample.name == "hostile" { violations.removeAll { Self.impossible.contains($0.problem) } }
            #expect(violations == [])
        }
    }

    /// Whatever file below `fixtures` says that it is a report is one.
    @Test func everyRecordedReport() throws {
        let fixtures = Goldens.repository.appending(path: "fixtures")
        let files = try FileManager.default.subpathsOfDirectory(atPath: fixtures.path(percentEncoded: false))
            .filter { $0.hasSuffix(".json") && !$0.hasPrefix("reports/hostile/") }
        var reports = 0
        for file in files {
            let report = try JSONDocument(file: fixtures.appending(path: file))
            guard report["schema"] != nil else { continue }
            reports += 1
            #expect(schema.violations(in: report) == [], "\(file)")
        }
        #expect(reports >= Sample.all.count - 1)
    }

    @Test func ndjsonLinesAreTheDiagnosesOfTheDocument() throws {
        for sample in Sample.all {
            let whole = try JSONDocument(parsing: sample.report.formatted(as: .json))
            let lines = try sample.report.formatted(as: .ndjson).split(separator: "\n").map {
                try JSONDocument(parsing: $0)
            }
            #expect(whole["diagnoses"]?.elements == lines)
        }
    }

    /// Each member taken away, at every level of a real report, is noticed: nothing listed is optional.
    @Test func everyListedFieldIsRequired() throws {
        let report = try JSONDocument(parsing: Sample.droppedOnLastStretch.report.formatted(as: .json))
        var removals = 0
        report.withoutEachMember { smaller, path in
            removals += 1
            #expect(!schema.violations(in: smaller).isEmpty, "without \(path) it is still valid")
        }
        #expect(removals > 100)
    }

    @Test func codesAreThoseOfTheTypes() {
        func codes<Code: CaseIterable & RawRepresentable<String>>(_: Code.Type) -> Set<String> {
            Set(Code.allCases.map(\.rawValue))
        }
        func listed(_ definition: String) -> Set<String> {
            Set((document["$defs"]?[definition]?["enum"]?.elements ?? []).compactMap(\.text))
        }
        #expect(listed("verdict") == codes(Verdict.self))
        #expect(listed("stage") == codes(Stage.self))
        #expect(listed("mechanism") == codes(Mechanism.self))
        #expect(listed("zone") == codes(Zone.self))
        #expect(listed("confidence") == codes(Confidence.self))
        #expect(listed("witness") == codes(Witness.self))
        let fields = document["$defs"]?["path_change"]?["properties"]?["field"]?["enum"]?.elements ?? []
        #expect(Set(fields.compactMap(\.text)) == codes(PathChange.Field.self))
        let transports = document["$defs"]?["target"]?["properties"]?["transport"]?["enum"]?.elements ?? []
        #expect(Set(transports.compactMap(\.text)) == codes(Transport.self))
    }

    /// The samples are worth holding against a schema: every verdict is among them.
    @Test func samplesCoverEveryVerdict() {
        let verdicts = Set(Sample.all.flatMap(\.report.diagnoses).map(\.verdict))
        #expect(verdicts == Set(Verdict.allCases))
    }
}

extension JSONDocument {
    /// Calls `body` with this document less one member, for each member of each object in it.
    fileprivate func withoutEachMember(_ body: (JSONDocument, String) -> Void) {
        switch self {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                var fewer = members
                fewer[name] = nil
                body(.object(fewer), name)
                member.withoutEachMember { smaller, path in
                    fewer[name] = smaller
                    body(.object(fewer), "\(name).\(path)")
                }
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                element.withoutEachMember { smaller, path in
                    var changed = elements
                    changed[index] = smaller
                    body(.array(changed), "[\(index)].\(path)")
                }
            }
        case .null, .bool, .number, .string: break
        }
    }
}

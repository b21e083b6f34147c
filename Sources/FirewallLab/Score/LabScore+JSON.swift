import FoundationEssentials

extension LabScore {
    /// `stallpoint.score/1`: everything that the other formats are made of.
    public func json() throws(LabError) -> String {
        let document = Document(
            schema: "stallpoint.score/1",
            tiers: tiers.map { tier in
                let score = only(unprivileged: tier)
                let (time, packets) = (score.figures(\.elapsedSeconds), score.figures(\.packetsSent))
                return Document.Tier(
                    user: Self.name(unprivileged: tier), scenarios: score.runs.count, targets: score.rows.count,
                    right: score.right, wrongAndSure: score.wrongAndSure.count,
                    grades: Dictionary(
                        uniqueKeysWithValues: score.grades.map { ($0.grade, .init(right: $0.right, wrong: $0.wrong)) }),
                    medianSeconds: time?.median, slowestSeconds: time?.largest, medianPackets: packets?.median,
                    mostPackets: packets?.largest,
                    matrix: ConfusionMatrix(score.rows).cells.map {
                        .init(truth: $0.truth, verdict: $0.verdict, right: $0.right, wrong: $0.wrong)
                    })
            },
            runs: runs.map { run in
                Document.Run(
                    scenario: run.scenario.name, user: Self.name(unprivileged: run.unprivileged),
                    elapsed: run.elapsedSeconds, packets: run.packetsSent, failure: run.failure,
                    pending: run.scenario.pending,
                    targets: run.judgements.map { judgement in
                        .init(
                            target: judgement.probe.label, truth: judgement.probe.truthLabel,
                            verdict: judgement.verdictLabel, confidence: judgement.reported?.confidence,
                            right: judgement.isRight, differences: judgement.differences.map(\.description))
                    })
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
        } catch {
            throw LabError("the score cannot be written as JSON: \(error)", exitStatus: 74)
        }
    }

    private struct Document: Encodable {
        struct Count: Encodable {
            var right: Int
            var wrong: Int
        }
        struct Cell: Encodable {
            var truth: String
            var verdict: String
            var right: Int
            var wrong: Int
        }
        struct Tier: Encodable {
            var user: String
            var scenarios: Int
            var targets: Int
            var right: Int
            var wrongAndSure: Int
            var grades: [String: Count]
            var medianSeconds: Double?
            var slowestSeconds: Double?
            var medianPackets: Int?
            var mostPackets: Int?
            var matrix: [Cell]
        }
        struct Target: Encodable {
            var target: String
            var truth: String
            var verdict: String
            var confidence: String?
            var right: Bool
            var differences: [String]
        }
        struct Run: Encodable {
            var scenario: String
            var user: String
            var elapsed: Double?
            var packets: Int?
            var failure: String?
            var pending: String?
            var targets: [Target]

            enum CodingKeys: String, CodingKey {
                case scenario, user, failure, pending, targets
                case elapsed = "elapsedSeconds"
                case packets = "packetsSent"
            }
        }

        var schema: String
        var tiers: [Tier]
        var runs: [Run]
    }
}

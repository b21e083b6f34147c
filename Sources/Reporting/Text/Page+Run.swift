import Diagnosis

/// What stands at the end of a run.
extension Page {
    /// All targets under one another, when there is more than one.
    mutating func table(_ diagnoses: [TargetDiagnosis]) {
        guard diagnoses.count > 1 else { return }
        wrapped([Piece("\(diagnoses.count) targets: \(Self.counts(diagnoses))", .strong)], hanging: 2)
        let rows = TableRow.rows(of: diagnoses)
        let widest = rows.map { display($0.name).width }.max() ?? 0
        let nameWidth = min(widest, style.columns * 40 / 100)
        let verdictWidth = diagnoses.map(\.verdict.rawValue.utf8.count).max() ?? 0
        let gradeWidth = diagnoses.map(\.confidence.rawValue.utf8.count).max() ?? 0
        let room = style.columns - 2 - nameWidth - 2 - verdictWidth - 2 - gradeWidth - 2
        for row in rows {
            let diagnosis = row.diagnosis
            let verdict = diagnosis.verdict.rawValue.uppercased()
            let padding = String(repeating: " ", count: verdictWidth - verdict.utf8.count)
            // A narrow terminal keeps what the exit status rests on; the blocks above say the rest.
            let how = room < 12 ? "" : "  " + fitted(diagnosis.briefly, to: room)
            let line =
                "  \(fitted(row.name, to: nameWidth))  \(painted(verdict, diagnosis.verdict.ink))\(padding)"
                + "  \(fitted(diagnosis.confidence.rawValue, to: gradeWidth))" + how
            raw(line.withoutTrailingSpaces)
        }
        blank()
    }

    /// A name over both families, where that says more than the lines above.
    mutating func families(_ families: [FamilyComparison]) {
        let telling = families.filter { $0.outcome != .bothWork }
        guard !telling.isEmpty else { return }
        for family in telling { wrapped([Piece("IPv4 and IPv6:", .strong), Piece(family.summary)], hanging: 2) }
        blank()
    }

    /// A name of whose addresses some work and some do not.
    mutating func addresses(_ addresses: [AddressComparison]) {
        guard !addresses.isEmpty else { return }
        for comparison in addresses { wrapped([Piece("Addresses:", .strong), Piece(comparison.summary)], hanging: 2) }
        blank()
    }

    /// `3 open, 1 closed`, in the contract's order of verdicts.
    private static func counts(_ diagnoses: [TargetDiagnosis]) -> String {
        Verdict.allCases.compactMap { verdict in
            let count = diagnoses.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }.joined(separator: ", ")
    }

    /// The commands stand on lines of their own and are never wrapped: they are there to be copied.
    mutating func missing(_ missing: [MissingWitness]) {
        guard !missing.isEmpty else { return }
        line([Piece("Missing witnesses", .strong)])
        for (place, witness) in missing.enumerated() {
            wrapped(
                [
                    Piece(
                        "\(witness.witness.rawValue): \(witness.reason). It would add: \(witness.wouldAdd).")
                ],
                before: "  ", width: 2)
            // One command grants several: it stands behind the last of them.
            if let grant = witness.grant, !missing[(place + 1)...].contains(where: { $0.grant == grant }) {
                line([Piece(grant)], indent: 6)
            }
        }
        blank()
    }

    mutating func run(_ run: RunInformation) {
        if let file = run.captureFile {
            wrapped([Piece("Capture:", .strong), Piece(file)], hanging: 2)
        }
        for note in run.notes { wrapped([Piece("Note:", .strong), Piece(note)], hanging: 2) }
    }
}

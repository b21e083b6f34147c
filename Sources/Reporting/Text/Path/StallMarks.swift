import Diagnosis

/// Where on the drawing each zone of a verdict stands. A mark is drawn for every zone that is listed and for no
/// other: the cross for the most likely, a question mark where it is not the only one.
struct StallMarks {
    /// Before the column with this index: on the line that leads to it.
    private(set) var onLine: [Int: String] = [:]
    /// Behind the far end.
    private(set) var atHost: String?
    private(set) var onWayIn: String?
    private(set) var onWayBack: String?
    /// The column before which the leading mark stands; the last one where it stands elsewhere.
    let center: Int

    init(_ diagnosis: TargetDiagnosis, _ columns: [PathColumn], _ glyphs: Glyphs) {
        func mark(_ zone: Zone) -> String? {
            guard let index = diagnosis.zones.firstIndex(of: zone) else { return nil }
            if index > 0 { return glyphs.maybe }
            return diagnosis.zones.count == 1 ? glyphs.stall : glyphs.stall + glyphs.maybe
        }
        let pathColumn = Self.pathColumn(diagnosis, columns)
        if let mark = mark(.path) { onLine[pathColumn] = mark }
        if let mark = mark(.localEgress), onLine[0].map({ $0 == glyphs.maybe }) ?? true {
            onLine[0] = mark
        }
        atHost = mark(.destination)
        onWayIn = mark(.localIngress)
        onWayBack = mark(.returnPath)
        center = diagnosis.zones.first == .localEgress ? 0 : pathColumn
    }

    private static func pathColumn(_ diagnosis: TargetDiagnosis, _ columns: [PathColumn]) -> Int {
        let last = max(0, columns.count - 1)
        if diagnosis.mechanism == .routingLoop { return last }
        if let after = diagnosis.afterHop { return columns.firstIndex { $0.ttl > after.ttl } ?? last }
        if let before = diagnosis.beforeHop {
            return columns.firstIndex { $0.ttl >= before.ttl } ?? last
        }
        if let actor = diagnosis.actor,
            let index = diagnosis.path.first(where: {
                $0.target.address == actor || $0.control.address == actor
            })
            .flatMap({ hop in columns.firstIndex { $0.ttl >= hop.ttl } })
        {
            return index
        }
        let passed = columns.lastIndex { $0.target.hasArrived } ?? -1
        return min(passed + 1, last)
    }
}

extension PathColumn.Cell {
    /// Something answered from there.
    var hasArrived: Bool {
        switch self {
        case .answered, .ended: true
        case .blank, .silent, .wanted, .elided: false
        }
    }
}

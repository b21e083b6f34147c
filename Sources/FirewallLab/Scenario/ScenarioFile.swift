import Yams

/// Reads scenario files: YAML, one document a scenario.
public enum ScenarioFile {
    /// The scenarios of a file, in its order. Every mistake is named with the file and the document: strangers
    /// write these files, and a silently ignored key would make a scenario that tests nothing.
    public static func scenarios(in text: String, file: String) throws(LabError) -> [Scenario] {
        try scenarios(in: text, file: file) { _ in true }
    }

    /// - Parameter isWanted: asked of a document's text, which is read no further where the answer is no.
    static func scenarios(
        in text: String, file: String, where isWanted: (String) -> Bool
    ) throws(LabError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for (index, source) in documents(in: text).enumerated() where isWanted(source) {
            func refuse(_ problem: String) -> LabError {
                LabError("\(file), document \(index + 1): \(problem)", exitStatus: 66)
            }
            do {
                var scenario = try YAMLDecoder().decode(ScenarioDocument.self, from: source).scenario
                scenario.source = source
                if let problem = scenario.problem { throw refuse(problem) }
                scenarios.append(scenario)
            } catch let error as LabError {
                throw error
            } catch let error as DecodingError {
                throw refuse(error.text)
            } catch {
                throw refuse("\(error)")
            }
        }
        return scenarios
    }

    /// The documents between `---` lines, each with its own text, so that it can be shown as it was written.
    /// A block scalar cannot hold such a line: its text is indented.
    static func documents(in text: String) -> [String] {
        var documents: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "---" || line.hasPrefix("--- ") {
                documents.append([])
            } else {
                documents[documents.count - 1].append(line)
            }
        }
        return documents.filter { lines in
            lines.contains { line in line.contains { $0 != " " } && !line.hasPrefix("#") }
        }.map { $0.joined(separator: "\n").trimmed + "\n" }
    }
}

extension Scenario {
    /// What a file may say and the network cannot do.
    var problem: String? {
        let allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
        if name.isEmpty || !name.allSatisfy(allowed.contains) {
            return "the name '\(name)' is not lower-case letters, digits and hyphens"
        }
        for node in setup.keys.sorted() + services.keys.sorted() where topology.node(named: node) == nil {
            let known = topology.nodes.map(\.name).joined(separator: ", ")
            return "there is no node '\(node)': the nodes are \(known)"
        }
        return nil
    }
}

extension DecodingError {
    /// One line without the nesting that the type's own description has.
    fileprivate var text: String {
        func at(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + context.debugDescription
        }
        return switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): at(context)
        case .keyNotFound(let key, let context): at(context) + " (\(key.stringValue))"
        @unknown default: "\(self)"
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var lines = split(separator: "\n", omittingEmptySubsequences: false)
        while lines.first?.isEmpty == true { lines.removeFirst() }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}

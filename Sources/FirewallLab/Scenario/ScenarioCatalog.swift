internal import CScenarios

/// The scenarios that come with the tool.
public enum ScenarioCatalog {
    /// In the order of the list: by subject, the demonstration last.
    private static let files: [(name: String, text: String)] = (0..<csc_file_count()).map { index in
        let file = csc_file_at(index)
        let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(file.count))
        return (String(cString: file.name), String(decoding: bytes, as: UTF8.self))
    }

    public static func all() throws(LabError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for file in files {
            scenarios += try ScenarioFile.scenarios(in: file.text, file: file.name)
        }
        return scenarios
    }

    public static func scenario(named name: String) throws(LabError) -> Scenario {
        guard let scenario = try all().first(where: { $0.name == name }) else {
            throw LabError(
                "there is no scenario '\(name)': 'stallpoint lab' lists them, and a file's name ends in .yaml",
                exitStatus: 64)
        }
        return scenario
    }
}

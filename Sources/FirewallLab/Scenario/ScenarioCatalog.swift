internal import CScenarios

/// The scenarios that come with the tool.
public enum ScenarioCatalog {
    /// In the order of the list: by subject, the demonstration last.
    public static func all() throws(LabError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for index in 0..<csc_file_count() {
            let file = file(index)
            scenarios += try ScenarioFile.scenarios(in: file.text, file: file.name)
        }
        return scenarios
    }

    /// The one of that name. Of all others nothing is read: to read them all takes longer than to set up a lab.
    public static func scenario(named name: String) throws(LabError) -> Scenario {
        let line = "name: \(name)\n"
        for index in 0..<csc_file_count() where csc_file_has(index, line) != 0 {
            let file = file(index)
            let found = try ScenarioFile.scenarios(in: file.text, file: file.name) { $0.hasPrefix(line) }
            if let scenario = found.first(where: { $0.name == name }) { return scenario }
        }
        throw LabError(
            "there is no scenario '\(name)': 'stallpoint lab' lists them, and a file's name ends in .yaml",
            exitStatus: 64)
    }

    private static func file(_ index: Int32) -> (name: String, text: String) {
        let file = csc_file_at(index)
        let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(file.count))
        return (String(cString: file.name), String(decoding: bytes, as: UTF8.self))
    }
}

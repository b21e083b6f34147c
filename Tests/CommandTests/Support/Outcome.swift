import Foundation
import StallpointTestKit
import Testing

/// How a run of the command ended and what it said.
struct Outcome: Sendable {
    var line: String
    /// Nil when a signal ended it.
    var status: Int32?
    var signal: Int32?
    var output: Data
    var error: Data

    var outputText: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: error, as: UTF8.self) }
    var errorLines: [Substring] { errorText.split(separator: "\n") }

    /// What standard output is to hold.
    enum Shape: Sendable {
        case empty
        case text
        case json
        case ndjson
        case anything
    }

    /// What holds for every run, whatever it was asked: it ends by itself, and says what it says in clean lines.
    func expectDecent(
        status expected: Int32, errorLines most: Int = 1, output shape: Shape = .anything, colored: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let comment = Comment(rawValue: "\(line): \(errorText.prefix(600))")
        #expect(signal == nil, comment, sourceLocation: sourceLocation)
        #expect(status == expected, comment, sourceLocation: sourceLocation)
        #expect(errorLines.count <= most, comment, sourceLocation: sourceLocation)
        #expect(errorLines.allSatisfy { $0.count <= 1_000 }, comment, sourceLocation: sourceLocation)
        #expect(Self.firstControl(in: error) == nil, comment, sourceLocation: sourceLocation)
        if !colored { #expect(Self.firstControl(in: output) == nil, comment, sourceLocation: sourceLocation) }
        #expect(has(shape), "\(line) printed \(outputText.prefix(300))", sourceLocation: sourceLocation)
    }

    func has(_ shape: Shape) -> Bool {
        switch shape {
        case .anything: true
        case .empty: output.isEmpty
        case .text: !output.isEmpty && !outputText.hasPrefix("{")
        // The plain parser: one of these documents holds the diagnoses of hundreds of files.
        case .json:
            ((try? JSONSerialization.jsonObject(with: output)) as? [String: Any])?["schema"] as? String
                == "stallpoint.report/1"
        case .ndjson:
            !output.isEmpty
                && outputText.split(separator: "\n").allSatisfy {
                    (try? JSONDocument(parsing: $0))?["verdict"]?.text != nil
                }
        }
    }

    /// The first character that could command a terminal or make one line look like two; every byte must be UTF-8.
    static func firstControl(in data: Data) -> String? {
        guard let text = String(validating: Array(data), as: UTF8.self) else { return "not UTF-8" }
        let bidirectional: [ClosedRange<UInt32>] = [0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069]
        for scalar in text.unicodeScalars where scalar != "\n" {
            if scalar.properties.generalCategory == .control || bidirectional.contains(where: { $0 ~= scalar.value }) {
                return String(scalar.value, radix: 16)
            }
        }
        return nil
    }
}

import Foundation
import StallpointTestKit
import Testing

/// The golden files' own machinery: a recording never passes for a test.
@Suite struct GoldensTests {
    private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "goldens-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func comparesByteForByte() throws {
        try inTemporaryFolder { folder in
            try Data("one\ntwo\n".utf8).write(to: folder.appending(path: "a.txt"))
            let goldens = Goldens(folder: folder, isRecording: false)
            try goldens.check("one\ntwo\n", "a.txt")
            #expect(throws: GoldenMismatch(path: "a.txt", problem: .differs(#"line 2: expected "two", got "2""#))) {
                try goldens.check("one\n2\n", "a.txt")
            }
            #expect(throws: GoldenMismatch(path: "a.txt", problem: .differs(#"line 3: expected "", got (the end)"#))) {
                try goldens.check("one\ntwo", "a.txt")
            }
            #expect(throws: GoldenMismatch(path: "b.txt", problem: .missing)) { try goldens.check("", "b.txt") }
        }
    }

    @Test func recordingRewritesAndFails() throws {
        try inTemporaryFolder { folder in
            let recording = Goldens(folder: folder, isRecording: true)
            for text in ["first", "second", "second"] {
                #expect(throws: GoldenMismatch(path: "case/a.txt", problem: .recorded)) {
                    try recording.check(text, "case/a.txt")
                }
            }
            try Goldens(folder: folder, isRecording: false).check("second", "case/a.txt")
            let cases = try recording.cases()
            #expect(cases == ["case"])
        }
    }

    @Test func composedAndDecomposedTextDiffer() throws {
        try inTemporaryFolder { folder in
            try Data("\u{E9}".utf8).write(to: folder.appending(path: "a.txt"))
            #expect(throws: GoldenMismatch.self) {
                try Goldens(folder: folder, isRecording: false).check("e\u{301}", "a.txt")
            }
        }
    }
}

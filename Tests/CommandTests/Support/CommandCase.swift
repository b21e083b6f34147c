import Testing

/// One line of the tables: what is typed, and how it must end.
struct CommandCase: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    /// What standard error has to contain; nil when it must stay empty.
    var error: String?
    /// How many lines there may be: bad options bring their usage with them.
    var mostLines: Int
    var output: Outcome.Shape

    init(
        _ arguments: [String], _ status: Int32, _ error: String? = nil, lines: Int = 1,
        output: Outcome.Shape = .empty
    ) {
        (self.arguments, self.status, self.error, self.mostLines, self.output) = (
            arguments, status, error, lines, output
        )
    }

    var testDescription: String { arguments.joined(separator: " ").prefix(80).debugDescription }

    func run() async throws {
        let outcome = try await Command.run(arguments, in: ScratchFolder())
        outcome.expectDecent(status: status, errorLines: error == nil ? 0 : mostLines, output: output)
        if let error {
            #expect(outcome.errorText.contains(error), "\(outcome.line): \(outcome.errorText)")
            #expect(outcome.errorText.hasPrefix("stallpoint"), "\(outcome.line): \(outcome.errorText)")
        }
    }
}

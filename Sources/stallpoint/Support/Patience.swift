import ArgumentParser
import Conversations

/// How long a person wants silence to be waited for: what `probe` and `trace` share.
struct Patience: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How long silence is waited for.", valueName: "seconds"))
    var timeout: Double?

    func validate() throws {
        if let timeout, !(timeout >= 0.1 && timeout <= 600) {
            throw ValidationError("--timeout is between 0.1 and 600 seconds")
        }
    }

    /// Nil where it was not said.
    var span: TimeSpan? { timeout.map { TimeSpan(nanoseconds: Int64($0 * 1_000_000_000)) } }
}

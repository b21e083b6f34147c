#if os(Linux)
    import Dispatch
    import FoundationEssentials
    import Glibc
    import Synchronization

    @testable import FirewallLab

    /// The built `stallpoint`, run as a person would run it.
    enum BuiltCommand {
        /// Beside the test bundle.
        static let path: String = {
            let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
            return test.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/stallpoint"
        }()

        struct Result: Sendable {
            var status: Int32
            var output: String
            var error: String
        }

        /// Pipes and children are made one at a time, so that no child inherits another's pipe.
        private static let starting = Mutex(())

        /// A started command whose output is read as it comes.
        struct Running {
            let child: ChildProcess
            let output: Pipe
            let error: Pipe

            /// Reads one line of output; nil at its end.
            func readLine() -> String? {
                var line: [UInt8] = []
                var byte: UInt8 = 0
                while read(output.readEnd, &byte, 1) == 1 {
                    if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
                    line.append(byte)
                }
                return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
            }

            func finish() -> Result {
                let text = String(decoding: output.readToEnd(), as: UTF8.self)
                let error = String(decoding: error.readToEnd(), as: UTF8.self)
                return Result(status: child.wait(), output: text, error: error)
            }
        }

        static func start(_ program: String, _ arguments: [String], input: String = "") throws -> Running {
            try starting.withLock { _ in
                let given = try Pipe()
                let output = try Pipe()
                let error = try Pipe()
                let child = try ChildProcess.start(
                    ChildProcess.path(of: program) ?? program, arguments,
                    streams: .init(input: given.readEnd, output: output.writeEnd, error: error.writeEnd))
                output.closeWriteEnd()
                error.closeWriteEnd()
                given.write(Array(input.utf8))
                return Running(child: child, output: output, error: error)
            }
        }

        /// Runs the command to its end, for a minute at most, on a thread of its own: waiting would hold up one of
        /// the few that tests share.
        static func run(_ arguments: [String], input: String = "", as prefix: [String] = []) async throws -> Result {
            let line = prefix + ["timeout", "60", path] + arguments
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Swift.Result { try start(line[0], Array(line.dropFirst()), input: input).finish() })
                }
            }
        }

        /// Why the lab cannot run here; nil where it can. Asked once.
        static let labIsMissing: String? = {
            do {
                let result = try start(path, ["lab", "run", "open", "--", "true"]).finish()
                return result.status == 77 ? result.error : nil
            } catch {
                return "\(error)"
            }
        }()

        /// For `.enabled(if:)`: prints the reason where the answer is no.
        static var labIsAvailable: Bool {
            if let labIsMissing { print("Lab tests are skipped: \(labIsMissing)") }
            return labIsMissing == nil
        }

        /// Whether somebody without privileges could run the command at all, from where it is built.
        static let isReachableForNobody: Bool = {
            guard geteuid() == 0 else { return true }
            let reach = try? start("setpriv", asNobody.dropFirst() + [path, "lab", "show", "open"]).finish()
            if reach?.status != 0 { print("Not tried as nobody: \(path) is out of his reach") }
            return reach?.status == 0
        }()

        static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    }
#endif

import Foundation
import StallpointTestKit

/// The built `stallpoint`, run as a person would run it.
enum Command {
    /// Beside the test bundle, in the build folder.
    static let path: String = {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: test).deletingLastPathComponent().appending(path: "stallpoint")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside.path }
        // Where the runner is the toolchain's own, the bundle names the folder.
        return Bundle.main.bundleURL.deletingLastPathComponent().appending(path: "stallpoint").path
    }()

    /// Runs the command without the network: the name spaces hold a loopback and nothing else, so no fault of the
    /// command can send a packet away.
    static func run(
        _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await start(isolation + [path] + arguments, in: folder, environment: environment)
    }

    /// Runs a line of sh, likewise without the network; `"$0"` is the command and the arguments follow.
    static func shell(
        _ script: String, _ arguments: [String] = [], in folder: ScratchFolder, environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await start(
            isolation + ["sh", "-c", script, path] + arguments, in: folder, environment: environment)
    }

    /// Runs a line of sh as the client of a scenario of the lab.
    static func lab(
        _ scenario: String, unprivileged: Bool = false, _ script: String, in folder: ScratchFolder
    ) async throws -> Outcome {
        let user = unprivileged ? ["--unprivileged"] : []
        return try await start(
            [path, "lab", "run"] + user + [scenario, "--", "sh", "-c", script], in: folder, environment: [:])
    }

    /// A program with its arguments.
    static func start(
        _ line: [String], in folder: ScratchFolder, environment: [String: String]
    ) async throws -> Outcome {
        await Turns.shared.take()
        do {
            let outcome = try await launch(line, in: folder, environment: environment)
            await Turns.shared.give()
            return outcome
        } catch {
            await Turns.shared.give()
            throw error
        }
    }

    private static func launch(
        _ line: [String], in folder: ScratchFolder, environment: [String: String]
    ) async throws -> Outcome {
        let ended = try await Program.run(
            ["/usr/bin/env"] + line, in: folder.work,
            environment: [
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                "HOME": folder.work.path, "SWIFT_BACKTRACE": "enable=no",
            ].merging(environment) { _, given in given })
        return Outcome(
            line: line.joined(separator: " "), status: ended.status, signal: ended.signal, output: ended.output,
            error: ended.error)
    }
}

/// How many children there are at once: each has a thread that waits for it.
private actor Turns {
    static let shared = Turns(24)
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        guard waiting.isEmpty else { return waiting.removeFirst().resume() }
        free += 1
    }
}

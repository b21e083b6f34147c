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

    /// A program with its arguments; it is killed after ten minutes, which no case comes near, however busy the machine.
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
        let stamp = UUID().uuidString
        let output = folder.outputs.appending(path: "\(stamp).out")
        let error = folder.outputs.appending(path: "\(stamp).err")
        for file in [output, error] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = line
        process.currentDirectoryURL = folder.work
        process.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
            "HOME": folder.work.path, "SWIFT_BACKTRACE": "enable=no",
        ].merging(environment) { _, given in given }
        process.standardInput = FileHandle.nullDevice
        let handles = (try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: error))
        (process.standardOutput, process.standardError) = handles
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                let isSignal = ended.terminationReason == .uncaughtSignal
                try? handles.0.close()
                try? handles.1.close()
                continuation.resume(
                    with: Result {
                        Outcome(
                            line: line.joined(separator: " "), status: isSignal ? nil : ended.terminationStatus,
                            signal: isSignal ? ended.terminationStatus : nil, output: try Data(contentsOf: output),
                            error: try Data(contentsOf: error))
                    })
            }
            do {
                try process.run()
                // Not held until then: it has descriptors of its own.
                DispatchQueue.global().asyncAfter(deadline: .now() + 600) { [weak process] in
                    if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
                }
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}

/// How many children there are at once. Each holds several descriptors, and Foundation's Process crashes when one of
/// them has a number beyond 1,024 (it copies bit fields of that size).
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

import ArgumentParser
import Engine
import HostNetwork

/// The contract's exit statuses beyond those of a verdict (sysexits.h where there is one).
enum ExitStatus {
    static let usage: Int32 = 64
    static let noInput: Int32 = 66
    static let software: Int32 = 70
    static let cannotWrite: Int32 = 74
    static let noPermission: Int32 = 77
    static let interrupted: Int32 = 130
    /// As the shell tells a process that SIGPIPE ended.
    static let brokenPipe: Int32 = 141
}

/// Ends the command with one clear line on stderr and a status of the contract.
struct CommandFailure: Error, CustomStringConvertible {
    var status: Int32
    var description: String

    init(_ status: Int32, _ message: String) {
        self.status = status
        description = message
    }

    init(_ failure: ProbeFailure) {
        status =
            switch failure.kind {
            case .usage: ExitStatus.usage
            case .missingInput: ExitStatus.noInput
            case .cannotWrite: ExitStatus.cannotWrite
            case .noPermission: ExitStatus.noPermission
            case .system: ExitStatus.software
            }
        description = failure.description
    }
}

/// Runs a subcommand's work: a failure becomes its one line and its status.
func orFail(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch let failure as CommandFailure {
        try? StandardStream.error.write("stallpoint: \(failure.description)\n")
        throw ExitCode(failure.status)
    } catch let failure as ProbeFailure {
        let failure = CommandFailure(failure)
        try? StandardStream.error.write("stallpoint: \(failure.description)\n")
        throw ExitCode(failure.status)
    } catch let error as FileError {
        if error.isBrokenPipe { throw ExitCode(ExitStatus.brokenPipe) }
        try? StandardStream.error.write("stallpoint: \(error.line)\n")
        throw ExitCode(ExitStatus.cannotWrite)
    }
}

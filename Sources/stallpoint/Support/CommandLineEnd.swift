import ArgumentParser
import HostNetwork
import PacketWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is said when parsing or a command ends otherwise than well, and with which status.
///
/// The parser's own way repeats arguments as they are and prints help wherever it can be written or not: here
/// every argument is escaped, and help that could not be written is a failure like any other.
enum CommandLineEnd {
    static func exit(_ error: any Error) -> Never {
        let status = Stallpoint.exitCode(for: error).rawValue
        let text = Stallpoint.fullMessage(for: error)
        guard status == 0 else {
            if !text.isEmpty { try? StandardStream.error.write(wrongUsage(error, fullMessage: text)) }
            systemExit(status)
        }
        do {
            try orFail { if !text.isEmpty { try StandardStream.output.write(text + "\n") } }
        } catch {
            systemExit(Stallpoint.exitCode(for: error).rawValue)
        }
        systemExit(0)
    }

    /// One line that says what is wrong, and the usage.
    private static func wrongUsage(_ error: any Error, fullMessage: String) -> String {
        var lines = ["stallpoint: \(escaped(Stallpoint.message(for: error)))"]
        // The last one is the parser's: what it repeats of the command line stands above it.
        if let usage = fullMessage.split(separator: "\n").last(where: { $0.hasPrefix("Usage: ") }) {
            lines.append(escaped(usage))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Bounded, because arguments need not be short.
    private static func escaped(_ text: some StringProtocol) -> String {
        let most = 400
        return text.count > most ? "\(String(text.prefix(most)).escapedForDisplay)…" : text.escapedForDisplay
    }
}

/// Takes the places of standard streams that the caller has closed.
///
/// Otherwise the next file or socket that is opened would get the number of standard output, and the report would
/// be written into it. Each place is held in the direction that it is not for, so that using it is still an error.
func reserveStandardStreams() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
        _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
}

private func systemExit(_ status: Int32) -> Never { exit(status) }

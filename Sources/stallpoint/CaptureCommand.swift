import ArgumentParser
import Conversations
import Engine
import HostNetwork
import PacketWire
import Reporting

/// `stallpoint capture`: record handshakes and say what is seen.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Record handshakes to a capture file, say what is seen.",
        discussion:
            "A line for each connection attempt, as soon as it is decided. Ctrl-C ends it; the file is complete then.")

    @Option(
        name: [.short, .long], help: "Listen on this interface, or 'any'; by default the one of the default route.")
    var interface: String?

    @Option(
        name: [.customShort("w"), .long], help: ArgumentHelp("Keep the packets (.pcap or .pcapng).", valueName: "file"))
    var write: String?

    @Option(name: .short, help: ArgumentHelp("End after so many packets.", valueName: "count"))
    var count: Int?

    @Option(name: .long, help: ArgumentHelp("End after so long.", valueName: "seconds"))
    var duration: Double?

    @Flag(name: .short, help: "No line for each attempt.")
    var quiet = false

    @Argument(help: ArgumentHelp("Which packets: a filter as tcpdump takes it.", valueName: "filter"))
    var filter: [String] = []

    func validate() throws {
        if write == "" { throw ValidationError("-w is the name of a file") }
        if let count, count < 1 { throw ValidationError("-c is at least 1") }
        if let duration, !(duration > 0 && duration <= 31_536_000) {
            throw ValidationError("--duration is more than 0 and at most a year, in seconds")
        }
    }

    func run() throws {
        try orFail {
            var request = CaptureRequest()
            request.interface = interface
            request.filter = filter.isEmpty ? nil : filter.joined(separator: " ")
            request.captureFile = write
            request.packetLimit = count
            request.duration = duration.map { TimeSpan(nanoseconds: Int64($0 * 1_000_000_000)) }
            let recorder = try CaptureRecorder(request)
            _ = try? Privileges.drop(staysUser: write != nil)
            try? StandardStream.error.write("stallpoint: listening on \(recorder.interface); Ctrl-C ends it\n")
            let style = TextStyle(
                width: Terminal.width(1) ?? 200, usesColor: false, usesUnicode: Terminal.isUTF8, detail: .quiet)
            var problem: FileError?
            try recorder.run { diagnosis, conversation in
                guard !quiet, problem == nil else { return }
                let time = CaptureLine.timeOfDay(
                    unixNanoseconds: recorder.unixStart &+ conversation.firstSeen.nanoseconds)
                let source = conversation.flow.map { "\($0.source) > " } ?? ""
                let text = "\(time)  \(source)\(TextReport(style: style).block(diagnosis))"
                do throws(FileError) { try StandardStream.output.write(text) } catch { problem = error }
            }
            let (recorded, lost) = recorder.counts
            let kept = write.map { ", kept in \($0.escapedForDisplay)" } ?? ""
            try? StandardStream.error.write(
                "stallpoint: \(recorded) packets\(kept)\(lost > 0 ? ", \(lost) lost by the capture" : "")\n")
            if let problem { throw problem }
            // Without a limit Ctrl-C is how a recording ends; with one it comes too early.
            if recorder.wasInterrupted, count != nil || duration != nil { throw ExitCode(ExitStatus.interrupted) }
        }
    }
}

/// How a line begins.
enum CaptureLine {
    /// `14:03:07.512`, UTC.
    static func timeOfDay(unixNanoseconds: Int64) -> String {
        let milliseconds = (unixNanoseconds / 1_000_000) % 86_400_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        let seconds = milliseconds / 1_000
        return "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(fraction)"
    }
}

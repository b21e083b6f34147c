import ArgumentParser
import CaptureFile
import Conversations
import Engine
import HostNetwork
import PacketWire
import Reporting

/// `stallpoint capture`: record what passes an interface and say of each attempt what came of it.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Record an interface to capture files, say of each connection attempt what came of it.",
        discussion: """
            A line for each connection attempt, as soon as it is decided. Where packets come faster than they can be \
            followed, recording goes on and the lines stop, which is said.

            The file can be read while it grows: it is complete up to the last half second, also after kill -9, and on \
            the disk once a second. What stood under its name is replaced when the recording begins. Ctrl-C ends it; \
            SIGUSR1 says how far it is, or writes a snapshot.
            """)

    @Option(
        name: [.short, .long], help: "Listen on this interface, or 'any'; by default the one of the default route.")
    var interface: String?

    @Option(
        name: [.customShort("w"), .long],
        help: ArgumentHelp("Keep the packets (.pcapng, or .pcap; '-' is stdout).", valueName: "file"))
    var write: String?

    @Flag(
        name: .long,
        help: """
            Keep the first packets of each conversation, whatever begins, ends or refuses one, and what is near a \
            failure; leave bulk data out.
            """)
    var handshakes = false

    @OptionGroup(title: "A ring of files") var ring: RingOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Keep the packets of so long in memory, and write them to a file of their own on SIGUSR1.",
            valueName: "seconds"))
    var snapshot: Double?

    @Option(name: .long, help: ArgumentHelp("Memory for that at most.", valueName: "megabytes"))
    var snapshotMemory = 64

    @Option(name: [.customShort("s"), .long], help: ArgumentHelp("Bytes kept of each packet.", valueName: "bytes"))
    var snapLength = 262_144

    @Option(
        name: [.customShort("B"), .long],
        help: ArgumentHelp("The kernel's buffer for what is not read yet.", valueName: "megabytes"))
    var bufferSize = 32

    @Flag(name: .long, help: "Also what is for other machines, as on a mirror port.")
    var promiscuous = false

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
        for (name, seconds) in [("--duration", duration), ("--snapshot", snapshot)] {
            guard let seconds else { continue }
            if !(seconds > 0 && seconds <= 31_536_000) {
                throw ValidationError("\(name) is more than 0 and at most a year, in seconds")
            }
        }
        if !(1...65_536).contains(snapshotMemory) { throw ValidationError("--snapshot-memory is 1 to 65536 megabytes") }
        if !(1...1_024).contains(bufferSize) { throw ValidationError("-B is 1 to 1024 megabytes") }
        if !(64...262_144).contains(snapLength) { throw ValidationError("-s is 64 to 262144 bytes") }
        if handshakes, write == nil { throw ValidationError("--handshakes needs -w: it says what is kept") }
        if ring.limits.isRing, write == nil || write == "-" {
            throw ValidationError("a ring of files needs -w and the name of a file")
        }
    }

    private var request: CaptureRequest {
        var request = CaptureRequest()
        request.interface = interface
        request.filter = filter.isEmpty ? nil : filter.joined(separator: " ")
        request.captureFile = write
        request.ring = ring.limits
        request.handshakesOnly = handshakes
        request.packetLimit = count
        request.duration = duration.map(CaptureLine.span)
        request.snapLength = snapLength
        request.bufferBytes = bufferSize << 20
        request.isPromiscuous = promiscuous
        // Packets and lines on one stream would be neither.
        request.followsAttempts = !quiet && write != "-"
        request.snapshot = snapshot.map(CaptureLine.span)
        request.snapshotBytes = snapshotMemory << 20
        return request
    }

    func run() throws {
        try orFail {
            let request = request
            let staysUser = try Self.staysUser(request)
            let recorder = try CaptureRecorder(request)
            _ = try? Privileges.drop(staysUser: staysUser)
            try? StandardStream.error.write("stallpoint: listening on \(recorder.interface); Ctrl-C ends it\n")
            let style = TextStyle(
                width: Terminal.width(1) ?? 200, usesColor: false, usesUnicode: Terminal.isUTF8, detail: .quiet)
            var problem: FileError?
            let notice: @Sendable (String) -> Void = { try? StandardStream.error.write("stallpoint: \($0)\n") }
            try recorder.run(notice: notice) { diagnosis, conversation in
                guard problem == nil else { return }
                let time = CivilTime.timeOfDay(
                    unixNanoseconds: recorder.unixStart &+ conversation.firstSeen.nanoseconds)
                let source = conversation.flow.map { "\($0.source) > " } ?? ""
                let text = "\(time)  \(source)\(TextReport(style: style).block(diagnosis))"
                do throws(FileError) { try StandardStream.output.write(text) } catch { problem = error }
            }
            notice(recorder.summary)
            if let problem { throw problem }
            // Without a limit Ctrl-C is how a recording ends; with one it comes too early.
            if recorder.wasInterrupted, count != nil || duration != nil { throw ExitCode(ExitStatus.interrupted) }
        }
    }

    /// Whether root has to stay root, without its capabilities, because the files are to be made in a folder of its
    /// own; said now rather than when the first file is full.
    private static func staysUser(_ request: CaptureRequest) throws(CommandFailure) -> Bool {
        guard request.captureFile != "-", let path = request.captureFile ?? request.snapshot.map({ _ in "./x" }) else {
            return false
        }
        let folder = RecordingFile.folder(of: path)
        switch Privileges.place(folder: folder, file: path) {
        case .writable: return false
        case .writableByOwner: return true
        case .notWritable:
            // A single file is made before root is given up.
            guard request.makesFilesLater else { return false }
            throw CommandFailure(
                ExitStatus.cannotWrite,
                "cannot make files in \(folder.escapedForDisplay) after root is given up: "
                    + "they need a folder that \(Caller.ofSudo == nil ? "this user" : "the caller of sudo") may write in"
            )
        }
    }
}

/// When the next file begins, under the names that tcpdump and dumpcap users know.
struct RingOptions: ParsableArguments {
    @Option(
        name: [.customShort("W"), .customLong("ring")],
        help: ArgumentHelp("Keep the newest so many files.", valueName: "files"))
    var files: Int?

    @Option(
        name: [.customShort("C"), .long],
        help: ArgumentHelp("The next file after so many megabytes (of 1,000,000 bytes).", valueName: "megabytes"))
    var fileSize: Double?

    @Option(
        name: [.customShort("G"), .long], help: ArgumentHelp("The next file after so long.", valueName: "seconds"))
    var fileSeconds: Double?

    func validate() throws {
        if let files, files < 2 { throw ValidationError("--ring is at least 2 files") }
        if files != nil, fileSize == nil, fileSeconds == nil {
            throw ValidationError("--ring needs --file-size or --file-seconds: when does the next file begin?")
        }
        if let fileSize, !(fileSize >= 0.001 && fileSize <= 1_000_000) {
            throw ValidationError("--file-size is 0.001 to 1000000 megabytes")
        }
        if let fileSeconds, !(fileSeconds >= 1 && fileSeconds <= 31_536_000) {
            throw ValidationError("--file-seconds is 1 second to a year")
        }
    }

    var limits: RingLimits {
        var limits = RingLimits()
        limits.files = files
        limits.fileBytes = fileSize.map { Int64($0 * 1_000_000) }
        limits.fileSpan = fileSeconds.map(CaptureLine.span)
        return limits
    }
}

/// Seconds as they are typed.
enum CaptureLine {
    static func span(seconds: Double) -> TimeSpan { TimeSpan(nanoseconds: Int64(seconds * 1_000_000_000)) }
}

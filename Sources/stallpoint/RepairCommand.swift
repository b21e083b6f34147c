import ArgumentParser
import Engine
import HostNetwork

/// `stallpoint repair`: make a whole capture of a damaged one.
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Make a whole capture of a damaged pcap, pcapng or snoop file.",
        discussion: """
            Whole packets stay as they are, byte for byte; what makes no sense is left out, and what was cut off ends \
            the file. The result is written beside the file, as NAME.repaired.EXTENSION, and says what was lost: on \
            standard error, and in a comment where the format has room for one. A sound file is left alone.
            """)

    @Argument(help: ArgumentHelp("The damaged capture; gzip is unpacked.", valueName: "file"))
    var file: String

    @Option(name: [.short, .long], help: ArgumentHelp("Write the result here.", valueName: "file"))
    var output: String?

    @Flag(name: [.customShort("f"), .long], help: "Replace a file that is there, the damaged one included.")
    var force = false

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("say which capture to repair") }
        if output == "" { throw ValidationError("-o is the name of a file") }
    }

    func run() throws {
        try orFail {
            let outcome = try CaptureFileRepair(path: file, output: output, overwrites: force).run()
            for line in outcome.lines { try? StandardStream.error.write("stallpoint: \(line)\n") }
        }
    }
}

import ArgumentParser
import Diagnosis
import Engine
import HostNetwork

/// `stallpoint doctor`: what this machine lets the tool see, and how to grant more.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "What this machine lets the tool see, and how to grant more.",
        discussion: "Handles are opened and closed again; nothing is sent.")

    func run() throws {
        try orFail {
            var text = ""
            for finding in Doctor().findings {
                let mark = finding.isThere ? "yes" : "no "
                let witness = finding.witness?.rawValue ?? ""
                text += "\(mark)  \(pad(witness, 7)) \(pad(finding.name, 22)) \(finding.detail)\n"
                if let grant = finding.grant { text += "\(pad("", 36))to grant it: \(grant)\n" }
            }
            try StandardStream.output.write(text)
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

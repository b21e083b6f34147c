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
            // One command grants several abilities.
            var grants: [(command: String, names: [String])] = []
            for finding in Doctor().findings {
                let mark = finding.isThere ? "yes" : "no "
                let witness = finding.witness?.rawValue ?? ""
                text += Lines.hanging("\(mark)  \(pad(witness, 7)) \(pad(finding.name, 22)) ", finding.detail)
                guard let command = finding.grant else { continue }
                if let place = grants.firstIndex(where: { $0.command == command }) {
                    grants[place].names.append(finding.name)
                } else {
                    grants.append((command, [finding.name]))
                }
            }
            for grant in grants {
                text += "\nTo grant \(grant.names.joined(separator: ", ")), once:\n    \(grant.command)\n"
            }
            try StandardStream.output.write(text)
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

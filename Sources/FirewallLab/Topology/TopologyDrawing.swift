extension LabTopology {
    /// The network in text, one line a machine, nearest to the client first: plain ASCII, for any terminal.
    public var drawing: String {
        var lines: [String] = []
        let names = ["client"] + path
        let width = names.map(\.count).max() ?? 0
        for (hop, name) in names.enumerated() {
            guard let node = node(named: name) else { continue }
            let label = name + String(repeating: " ", count: width - name.count)
            let position = hop == 0 ? "you  " : "hop \(hop)"
            for (index, interface) in node.interfaces.enumerated() {
                let addresses = interface.addresses.prefix(2).map(\.description).joined(separator: "  ")
                let head = index == 0 ? "  \(label)  \(position)  " : String(repeating: " ", count: width + 11)
                lines.append("\(head)\(interface.name.padded(to: 12))\(addresses)")
            }
            if hop < names.count - 1 {
                lines.append("  |")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self + " " : self + String(repeating: " ", count: width - count)
    }
}

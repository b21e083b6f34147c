extension LabTopology {
    /// The network in text, one line an interface, nearest to the client first: plain ASCII, for any terminal.
    public var drawing: String {
        var lines: [String] = []
        let stations = [("you", ["client"])] + path.enumerated().map { ("hop \($0.offset + 1)", $0.element) }
        let aside = Set(nodes.map(\.name)).subtracting(stations.flatMap(\.1)).sorted()
        let width = nodes.map(\.name.count).max() ?? 0
        func draw(_ position: String, _ name: String) {
            guard let node = node(named: name) else { return }
            for (index, interface) in node.interfaces.enumerated() {
                let addresses = interface.addresses.prefix(2).map(\.description).joined(separator: "  ")
                let head =
                    index == 0
                    ? "  \(name.padded(to: width))  \(position.padded(to: 5))  "
                    : String(repeating: " ", count: width + 11)
                lines.append("\(head)\(interface.name.padded(to: 11)) \(addresses)")
            }
        }
        for (index, station) in stations.enumerated() {
            for name in station.1 { draw(station.0, name) }
            if index < stations.count - 1 { lines.append("  |") }
        }
        if !aside.isEmpty { lines.append("") }
        for name in aside { draw("", name) }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

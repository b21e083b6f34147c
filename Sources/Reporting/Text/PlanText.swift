import PacketWire
public import Probing

/// `probe --plan`: what would be sent to each target, and why, without sending it.
public struct PlanText: Sendable {
    public let text: String

    public init(targets: [TargetSpecification.Single], settings: ProbeSettings, isThorough: Bool) {
        var lines: [String] = []
        for target in targets {
            let plan = ProbePlan(
                settings, target.transport, port: target.port, isThorough: isThorough, request: target.request,
                asksNames: target.service?.asked != nil)
            lines.append(
                "\(target.input.escapedForDisplay): at most \(plan.mostPackets) packets, \(plan.packetsPerSecond) a second"
            )
            let width = plan.steps.map(\.name.count).max() ?? 0
            var occasion = ""
            for step in plan.steps {
                if step.occasion != occasion {
                    occasion = step.occasion
                    lines.append("  \(occasion)")
                }
                let name = step.name + String(repeating: " ", count: width - step.name.count)
                let packets = String(step.packets)
                lines.append(
                    "    \(name)  \(String(repeating: " ", count: max(0, 2 - packets.count)))\(packets)  \(step.question)"
                        + (step.needs.map { " Needs \($0)." } ?? ""))
            }
        }
        lines.append("Each of these ends as soon as one verdict stands. Nothing was sent.")
        text = lines.joined(separator: "\n") + "\n"
    }
}

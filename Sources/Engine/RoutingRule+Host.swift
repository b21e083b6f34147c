import Diagnosis
import HostNetwork

extension RoutingRule {
    /// As the kernel lists it.
    init(_ rule: PolicyRule) {
        var selectors: [Selector] = []
        if let prefix = rule.source { selectors.append(.source(prefix.address, prefixLength: prefix.length)) }
        if let prefix = rule.destination { selectors.append(.destination(prefix.address, prefixLength: prefix.length)) }
        if rule.typeOfService != 0 { selectors.append(.typeOfService(rule.typeOfService)) }
        if rule.mark != 0 || rule.markMask != 0 { selectors.append(.mark(rule.mark, mask: rule.markMask)) }
        if let device = rule.inputDevice { selectors.append(.inputInterface(device.name, isThere: device.isThere)) }
        if let device = rule.outputDevice { selectors.append(.outputInterface(device.name, isThere: device.isThere)) }
        if rule.isForVRF { selectors.append(.vrf) }
        if let users = rule.users { selectors.append(.users(users)) }
        if let number = rule.ipProtocol { selectors.append(.ipProtocol(number)) }
        if let ports = rule.sourcePorts { selectors.append(.sourcePorts(ports.range, mask: ports.mask)) }
        if let ports = rule.destinationPorts { selectors.append(.destinationPorts(ports.range, mask: ports.mask)) }
        selectors += rule.others.map(Selector.other)
        let action: Action =
            switch rule.action {
            case 1: rule.isForVRF ? .lookupVRF : .lookup(table: rule.table)
            case 2: .jump(to: rule.jump)
            case 3: .nothing
            case 6: .blackhole
            case 7: .unreachable
            case 8: .prohibit
            default: .other(rule.action)
            }
        self.init(
            priority: rule.priority, selectors, isInverted: rule.isInverted, action: action,
            suppressedPrefixLength: rule.suppressedPrefixLength)
    }
}

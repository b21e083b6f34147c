extension ICMPError {
    /// What the registries of IANA call this type and code, in plain words and lower case.
    public var name: String {
        switch family {
        case .v4: Self.nameV4(type, code)
        case .v6: Self.nameV6(type, code)
        }
    }

    private static func nameV4(_ type: UInt8, _ code: UInt8) -> String {
        let known: String? =
            switch (type, code) {
            case (3, 0): "network unreachable"
            case (3, 1): "host unreachable"
            case (3, 2): "protocol unreachable"
            case (3, 3): "port unreachable"
            case (3, 4): "fragmentation needed"
            case (3, 5): "source route failed"
            case (3, 6): "destination network unknown"
            case (3, 7): "destination host unknown"
            case (3, 8): "source host isolated"
            case (3, 9): "network administratively prohibited"
            case (3, 10): "host administratively prohibited"
            case (3, 11): "network unreachable for type of service"
            case (3, 12): "host unreachable for type of service"
            case (3, 13): "administratively prohibited"
            case (3, 14): "host precedence violation"
            case (3, 15): "precedence cutoff in effect"
            case (5, 0): "redirect for the network"
            case (5, 1): "redirect for the host"
            case (5, 2): "redirect for type of service and network"
            case (5, 3): "redirect for type of service and host"
            case (11, 0): "time exceeded"
            case (11, 1): "fragment reassembly time exceeded"
            case (12, 0): "parameter problem: erroneous header field"
            case (12, 1): "parameter problem: missing option"
            case (12, 2): "parameter problem: bad length"
            default: nil
            }
        return known ?? withCode("\(ICMPv4.MessageType(rawValue: type))", code)
    }

    private static func nameV6(_ type: UInt8, _ code: UInt8) -> String {
        let known: String? =
            switch (type, code) {
            case (1, 0): "no route to destination"
            case (1, 1): "administratively prohibited"
            case (1, 2): "beyond scope of source address"
            case (1, 3): "address unreachable"
            case (1, 4): "port unreachable"
            case (1, 5): "source address failed policy"
            case (1, 6): "reject route to destination"
            case (1, 7): "error in source routing header"
            case (1, 8): "headers too long"
            case (3, 0): "time exceeded"
            case (3, 1): "fragment reassembly time exceeded"
            case (4, 0): "parameter problem: erroneous header field"
            case (4, 1): "parameter problem: unrecognized next header"
            case (4, 2): "parameter problem: unrecognized option"
            case (4, 3): "parameter problem: first fragment has an incomplete header chain"
            case (4, 4): "parameter problem: segment routing upper-layer header"
            case (4, 5): "parameter problem: next header unrecognized on the way"
            case (4, 6): "parameter problem: extension header too big"
            case (4, 7): "parameter problem: extension header chain too long"
            case (4, 8): "parameter problem: too many extension headers"
            case (4, 9): "parameter problem: too many options in extension header"
            case (4, 10): "parameter problem: option too big"
            default: nil
            }
        return known ?? withCode("\(ICMPv6.MessageType(rawValue: type))", code)
    }

    /// Most other types have only code 0, which then says nothing.
    private static func withCode(_ type: String, _ code: UInt8) -> String {
        code == 0 ? type : "\(type), code \(code)"
    }
}

import PacketWire
import Testing

struct ICMPErrorTests {
    static let named: [(IPFamily, UInt8, UInt8, String, ICMPError.Meaning)] = [
        (.v4, 3, 0, "network unreachable", .networkUnreachable),
        (.v4, 3, 1, "host unreachable", .hostUnreachable),
        (.v4, 3, 2, "protocol unreachable", .protocolUnreachable),
        (.v4, 3, 3, "port unreachable", .portUnreachable),
        (.v4, 3, 4, "fragmentation needed", .packetTooBig),
        (.v4, 3, 5, "source route failed", .other),
        (.v4, 3, 6, "destination network unknown", .networkUnreachable),
        (.v4, 3, 7, "destination host unknown", .hostUnreachable),
        (.v4, 3, 8, "source host isolated", .hostUnreachable),
        (.v4, 3, 9, "network administratively prohibited", .administrativelyProhibited),
        (.v4, 3, 10, "host administratively prohibited", .administrativelyProhibited),
        (.v4, 3, 11, "network unreachable for type of service", .networkUnreachable),
        (.v4, 3, 12, "host unreachable for type of service", .hostUnreachable),
        (.v4, 3, 13, "administratively prohibited", .administrativelyProhibited),
        (.v4, 3, 14, "host precedence violation", .other),
        (.v4, 3, 15, "precedence cutoff in effect", .other),
        (.v4, 3, 99, "destination unreachable, code 99", .other),
        (.v4, 4, 0, "source quench", .sourceQuench),
        (.v4, 5, 1, "redirect for the host", .redirect),
        (.v4, 11, 0, "time exceeded", .timeToLiveExceeded),
        (.v4, 11, 1, "fragment reassembly time exceeded", .reassemblyTimeExceeded),
        (.v4, 12, 0, "parameter problem: erroneous header field", .parameterProblem),
        (.v4, 8, 0, "echo request", .notAnError),
        (.v4, 200, 3, "type 200, code 3", .notAnError),
        (.v6, 1, 0, "no route to destination", .networkUnreachable),
        (.v6, 1, 1, "administratively prohibited", .administrativelyProhibited),
        (.v6, 1, 2, "beyond scope of source address", .other),
        (.v6, 1, 3, "address unreachable", .hostUnreachable),
        (.v6, 1, 4, "port unreachable", .portUnreachable),
        (.v6, 1, 5, "source address failed policy", .rejectedByPolicy),
        (.v6, 1, 6, "reject route to destination", .rejectedByPolicy),
        (.v6, 1, 7, "error in source routing header", .other),
        (.v6, 1, 8, "headers too long", .other),
        (.v6, 2, 0, "packet too big", .packetTooBig),
        (.v6, 3, 0, "time exceeded", .timeToLiveExceeded),
        (.v6, 3, 1, "fragment reassembly time exceeded", .reassemblyTimeExceeded),
        (.v6, 4, 0, "parameter problem: erroneous header field", .parameterProblem),
        (.v6, 4, 1, "parameter problem: unrecognized next header", .protocolUnreachable),
        (.v6, 4, 3, "parameter problem: first fragment has an incomplete header chain", .parameterProblem),
        (.v6, 100, 0, "type 100", .other),
        (.v6, 129, 0, "echo reply", .notAnError),
        (.v6, 135, 0, "neighbour solicitation", .notAnError),
    ]

    @Test func everyErrorHasItsNameAndMeaning() {
        for (family, type, code, name, meaning) in Self.named {
            let error = ICMPError(family: family, type: type, code: code)
            #expect(error.name == name)
            #expect(error.meaning == meaning, "\(error)")
            #expect(error.isError == (meaning != .notAnError))
        }
        #expect(ICMPError(family: .v6, type: 1, code: 4).description == "ICMPv6 port unreachable (1/4)")
    }

    /// Two codes of one type never share a name, and no number is without one.
    @Test(arguments: IPFamily.allCases)
    func noTwoCodesShareAName(_ family: IPFamily) {
        for type in UInt8.min...UInt8.max {
            let names = (UInt8.min...20).map { ICMPError(family: family, type: type, code: $0).name }
            #expect(Set(names).count == names.count, "type \(type)")
            #expect(names.allSatisfy { !$0.isEmpty })
        }
    }
}

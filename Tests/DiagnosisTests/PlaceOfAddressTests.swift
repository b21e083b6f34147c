import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Addresses of which everybody knows where they are.
struct PlaceOfAddressTests {
    private func advice(_ address: String, gateway: Bool = true, isOpen: Bool = false) -> [String] {
        var made = HandmadeFacts()
        if isOpen { made.add(.primary, .synAck()) } else { made.add(.primary, sends: 3) }
        made.facts.target.address = IPAddress(address)
        if !gateway { made.facts.route?.gateway = nil }
        return made.facts.diagnose().advice
    }

    @Test(
        "What clouds serve their instances at is told as that",
        arguments: ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "169.254.170.2"])
    func metadata(_ address: String) {
        for gateway in [true, false] {
            #expect(advice(address, gateway: gateway).first?.contains("metadata") == true)
        }
        #expect(!advice(address, isOpen: true).contains { $0.contains("metadata") })
    }

    @Test("No router forwards link-local addresses: where they are led over one, that is said")
    func linkLocal() {
        #expect(advice("169.254.7.1").first?.contains("the route leads over 198.51.100.1") == true)
        for harmless in [advice("169.254.7.1", gateway: false), advice("169.253.7.1"), advice("fe80::1")] {
            #expect(!harmless.contains { $0.contains("169.254.0.0/16") || $0.contains("metadata") })
        }
    }
}

import Conversations
import Foundation
import StallpointTestKit
import Testing

/// The names that we use are Wireshark's, so what they say has to be what Wireshark says.
@Suite(.serialized, .enabled(if: Tshark.path != nil, "tshark is not installed"))
struct TCPAgreementTests {
    @Test("Generated connections", arguments: [1, 2, 3, 4] as [UInt64])
    func generated(_ seed: UInt64) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "stallpoint-generated-\(seed).pcap")
        let bytes = GeneratedConversations(seed: seed, connections: 1_000).file
        try Data(bytes).write(to: file)
        var agreement = TCPAgreement()
        try agreement.compare(bytes, at: file, name: "seed \(seed)")
        print("seed \(seed): \(agreement)")
        print(agreement.summary)
        for difference in agreement.differences.prefix(20) { print("  \(difference)") }
        #expect(agreement.differences.count == 0)
        if agreement.differences.isEmpty { try? FileManager.default.removeItem(at: file) }
    }
}

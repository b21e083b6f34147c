import PacketWire
import StallpointTestKit
import Testing

struct SSHKeyExchangeTests {
    @Test(
        "The first kind that has nothing in common is told, and what needs no agreement is none",
        arguments: [
            ("a,b", "b", "x", "x", nil as SSHKeyExchangeInit.Kind?),
            ("a,ext-info-c", "b,ext-info-c", "x", "x", .keyExchange),
            ("a,kex-strict-c-v00@openssh.com", "kex-strict-c-v00@openssh.com", "x", "x", .keyExchange),
            ("a", "a", "x", "y", .cipherToServer), ("a", "", "x", "x", .keyExchange),
        ])
    func disagreement(
        _ client: String, _ server: String, _ clientCipher: String, _ serverCipher: String,
        _ kind: SSHKeyExchangeInit.Kind?
    ) throws {
        let offered = try #require(SSHOffer(methods: client, ciphers: clientCipher).message)
        let taken = try #require(SSHOffer(methods: server, ciphers: serverCipher).message)
        #expect(SSHDisagreement(offered, taken)?.kind == kind)
    }

    @Test(
        "A cipher that authenticates by itself needs no code",
        arguments: [("aes128-gcm@openssh.com", true), ("aes", false)])
    func ownCode(_ cipher: String, _ agrees: Bool) throws {
        let offered = try #require(SSHOffer(ciphers: cipher, codes: "m1").message)
        let taken = try #require(SSHOffer(ciphers: cipher, codes: "m2").message)
        #expect(SSHDisagreement(offered, taken)?.kind == (agrees ? nil : .codeToServer))
    }

    @Test("Messages are found in pieces of any size, and nothing behind the new keys is read")
    func pieces() {
        let other: [UInt8] = [0, 0, 0, 12, 6, 30, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0]
        let keys: [UInt8] = [0, 0, 0, 12, 10, 21] + [UInt8](repeating: 0, count: 10)
        let whole = SSHOffer().packet + other + SSHOffer.disconnect(3, "no") + keys + [1, 2, 3]
        for size in [1, 2, 7, 64, whole.count] {
            var stream = SSHStream()
            var messages: [SSHStream.Message] = []
            for start in stride(from: 0, to: whole.count, by: size) where !stream.isDone {
                messages += stream.read(Array(whole[start..<min(whole.count, start + size)]).span)
            }
            #expect(messages.count == 4 && messages.last == .newKeys && stream.isDone, "\(size)")
            guard case .disconnect(let words)? = messages.dropFirst(2).first else {
                Issue.record("no disconnect in pieces of \(size)")
                continue
            }
            #expect(words.reason == 3 && "\(words.text)" == "no")
        }
    }

    @Test("No damage traps, and what claims to be endless is given up")
    func hostile() {
        let packet = SSHOffer().packet
        for count in 0..<packet.count {
            var stream = SSHStream()
            #expect(stream.read(Array(packet.prefix(count)).span).isEmpty)
            #expect(SSHKeyExchangeInit(decoding: Array(packet[5...].prefix(count)).span) == nil || count > 60)
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var damaged = packet
            damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random.next())
            var stream = SSHStream()
            _ = stream.read(damaged.span)
            _ = stream.read(random.bytes(200).span)
        }
        var stream = SSHStream()
        _ = stream.read([0xFF, 0xFF, 0xFF, 0xFF, 4, 20].span)
        #expect(stream.isDone)
    }
}

import PacketWire
import StallpointTestKit
import Testing

/// RFC 1928, RFC 1929, and "SOCKS: A protocol for TCP proxy across firewalls" with its extension 4A.
struct SOCKSTests {
    // MARK: What a client says

    @Test("Requests are those of the standards, byte for byte")
    func requests() {
        #expect(SOCKSRequest.greeting([.none, .password]) == [5, 2, 0, 2])
        #expect(
            SOCKSRequest.login(user: Array("fred".utf8), password: Array("pw".utf8))
                == [1, 4] + Array("fred".utf8) + [2] + Array("pw".utf8))
        #expect(
            SOCKSRequest.connect(.five, to: "192.0.2.1", port: 443) == [5, 1, 0, 1, 192, 0, 2, 1, 0x01, 0xBB])
        #expect(
            SOCKSRequest.connect(.five, to: "2001:db8::1", port: 22)
                == [5, 1, 0, 4, 0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1, 0, 22])
        #expect(
            SOCKSRequest.connect(.five, to: "db.lab", port: 80) == [5, 1, 0, 3, 6] + Array("db.lab".utf8) + [0, 80])
        #expect(
            SOCKSRequest.connect(.four, to: "66.102.7.99", port: 80, user: Array("Fred".utf8))
                == [4, 1, 0, 80, 66, 102, 7, 99] + Array("Fred".utf8) + [0])
        #expect(
            SOCKSRequest.connect(.four, to: "db.lab", port: 80)
                == [4, 1, 0, 80, 0, 0, 0, 1, 0] + Array("db.lab".utf8) + [0])
    }

    @Test("What a version has no words for is not said")
    func withoutWords() {
        #expect(SOCKSRequest.connect(.four, to: "2001:db8::1", port: 22) == nil)
        #expect(SOCKSRequest.connect(.four, to: "a", port: 22, user: [0]) == nil)
        #expect(SOCKSRequest.connect(.five, to: String(repeating: "a", count: 256), port: 22) == nil)
        #expect(SOCKSRequest.connect(.five, to: "", port: 22) == nil)
        let long = [UInt8](repeating: 1, count: 300)
        #expect(SOCKSRequest.login(user: long, password: long).count == 513)
    }

    @Test(
        "Whoever overhears a client learns the place, however it is cut up",
        arguments: [SOCKSVersion.four, .five], ["192.0.2.1", "db.lab", "2001:db8::1"])
    func overheard(version: SOCKSVersion, host: String) {
        guard let request = SOCKSRequest.connect(version, to: host, port: 5432, user: [0x78]) else {
            #expect(version == .four && host == "2001:db8::1")
            return
        }
        let first = version == .five ? SOCKSRequest.greeting([.none, .password]) : request
        let later = version == .five ? SOCKSRequest.login(user: [0x78], password: []) + request : []
        let place = host == "2001:db8::1" ? "[\(host)]:5432" : "\(host):5432"
        for size in [1, 3, 600] {
            var reader = SOCKSClientReader(beginning: first.span)
            for start in stride(from: 0, to: later.count, by: size) {
                reader?.read(Array(later[start..<min(start + size, later.count)]).span)
            }
            #expect(reader?.version == version && reader?.place?.description == place && reader?.isDone == true)
            #expect(reader?.offered == (version == .five ? [.none, .password] : []))
        }
    }

    @Test("Other first words are no SOCKS, and other requests no place")
    func strangers() {
        for bytes: [UInt8] in [
            [], [5], [5, 1], [5, 0, 0], [5, 1, 0, 0], [5, 2, 0], [5, 1, 0x20], [5, 1, 0xFF], [5, 2, 0, 0],
            [4, 1, 0, 80, 1, 2, 3, 4],
            [4, 2, 0, 80, 1, 2, 3, 4, 0],
            [4, 1, 0, 0, 1, 2, 3, 4, 0], [4, 0, 0, 0, 5, 0, 0, 0, 0], [4, 1, 0, 80, 0, 0, 0, 1, 0], Array("GET /".utf8),
        ] {
            let reader = SOCKSClientReader(beginning: bytes.span)
            #expect(reader == nil, "\(bytes)")
        }
        for later: [UInt8] in [[5, 2, 0, 1, 1, 2, 3, 4, 0, 80], [5, 1, 0, 9, 1, 2, 3, 4, 0, 80], [22, 3, 1]] {
            var reader = SOCKSClientReader(beginning: [5, 1, 0].span)
            reader?.read(later.span)
            #expect(reader?.isStrange == true && reader?.place == nil)
        }
    }

    // MARK: What a proxy says

    private func events(_ version: SOCKSVersion, _ bytes: [UInt8], size: Int = 600) -> (
        [SOCKSAnswerReader.Event], SOCKSAnswerReader
    ) {
        var reader = SOCKSAnswerReader(version)
        var events: [SOCKSAnswerReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += reader.read(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return (events, reader)
    }

    @Test("Its consent is read to its last byte, and what follows is the place's own", arguments: [1, 600])
    func consent(size: Int) {
        let banner = Array("SSH-2.0-x\r\n".utf8)
        for bound: [UInt8] in [
            [1, 10, 0, 0, 1, 0, 80], [3, 2, 0x61, 0x62, 0, 80], [4] + [UInt8](repeating: 0, count: 18),
        ] {
            let (said, reader) = events(.five, [5, 2, 1, 0, 5, 0, 0] + bound + banner, size: size)
            #expect(said == [.method(.password), .login(isAccepted: true), .reply(SOCKSReply(.five, 0))])
            #expect(reader.isDone && reader.rest == banner)
        }
        let (old, reader) = events(.four, [0, 90, 0, 0, 0, 0, 0, 0] + banner, size: size)
        #expect(old == [.reply(SOCKSReply(.four, 90))] && reader.rest == banner)
    }

    @Test("A refusal is known by its second byte")
    func refusals() {
        for code: UInt8 in 1...9 {
            let (said, reader) = events(.five, [5, 0, 5, code])
            #expect(said.last == .reply(SOCKSReply(.five, code)) && reader.isDone && reader.rest.isEmpty)
        }
        #expect(events(.four, [0, 91]).0 == [.reply(SOCKSReply(.four, 91))])
        #expect(events(.five, [5, 0xFF]).0 == [.method(.noneAcceptable)] && events(.five, [5, 0xFF]).1.isDone)
        #expect(events(.five, [5, 2, 1, 1]).0.last == .login(isAccepted: false))
        #expect(SOCKSReply(.five, 5).name == "connection refused" && SOCKSReply(.five, 77).name == "code 77")
        #expect(SOCKSReply(.four, 90).isGranted && !SOCKSReply(.four, 0).isGranted && !SOCKSReply(.five, 90).isGranted)
    }

    @Test("What is not whole is waited for, and what is no SOCKS is told")
    func others() {
        for start: [UInt8] in [[5], [5, 0, 5], [5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0], [5, 0, 5, 0, 0, 3, 200, 1]] {
            let (said, reader) = events(.five, start)
            #expect(!reader.isDone && !said.contains(.reply(SOCKSReply(.five, 0))))
        }
        let (said, reader) = events(.five, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        #expect(said == [.foreign("HTTP/1.1 400 Bad Request")] && reader.isDone)
        #expect(events(.four, [5, 0]).0 == [.foreign(NetworkText(bytes: [5, 0]))])
        #expect(events(.five, [5, 2, 9, 0]).0.last == .foreign(NetworkText(bytes: [9, 0])))
    }

    @Test("Whatever comes, nothing traps and nothing grows", arguments: 0..<64)
    func hostile(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0..<900, using: &random)).map { _ in
            UInt8([0, 1, 3, 4, 5, 255, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0)
        }
        for version in [SOCKSVersion.four, .five] {
            for size in [1, 7, 900] {
                let (said, reader) = events(version, bytes, size: size)
                #expect(said.count <= 3 && reader.rest.count <= bytes.count)
                // Of what is foreign the first piece is kept; all else is the same, however it is cut up.
                let whole = events(version, bytes).0
                #expect(said.count == whole.count && said.dropLast() == whole.dropLast())
            }
        }
        var client = SOCKSClientReader(beginning: [5, 1, 0].span)
        client?.read(bytes.span)
        #expect(client?.place?.bytes.count ?? 0 <= 262)
    }
}

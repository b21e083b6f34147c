import PacketWire
import StallpointTestKit
import Testing

struct TCPOptionTests {
    static let one: SACKBlocks = {
        var blocks = SACKBlocks()
        blocks.append(SACKBlock(left: 100, right: 200))
        return blocks
    }()

    /// Each option, its bytes, and what the summary must hold.
    static let golden: [(TCPOption, String)] = [
        (.maximumSegmentSize(1460), "020405b4"),
        (.windowScale(14), "03030e"),
        (.sackPermitted, "0402"),
        (.sack(one), "050a 00000064 000000c8"),
        (.timestamps(TCPTimestamps(value: 1, echoReply: 0xFFFF_FFFF)), "080a 00000001 ffffffff"),
        (.md5(digest: [UInt8](repeating: 7, count: 16)), "1312 07070707070707070707070707070707"),
        (.userTimeout(0x8005), "1c04 8005"),
        (.authentication(keyID: 1, nextKeyID: 2, code: [9, 9, 9, 9]), "1d08 0102 09090909"),
        (.multipath(.capable, data: [0x01, 0x01]), "1e04 0101"),
        (.multipath(.reset, data: [0x80, 0x00]), "1e04 8000"),
        (.fastOpen(cookie: []), "2202"),
        (.fastOpen(cookie: [1, 2, 3, 4]), "2206 01020304"),
        (.noOperation, "01"),
        (.unknown(kind: 172, data: [1, 2, 3]), "ac05 010203"),
        // A known kind with a length that it cannot have is kept as it came.
        (.unknown(kind: 2, data: [1]), "0203 01"),
        (.unknown(kind: 4, data: [0]), "0403 00"),
    ]

    @Test(arguments: golden)
    func decodesAndEncodes(_ option: TCPOption, _ text: String) {
        let encoded = hex(text)
        #expect(emitted { option.encode(into: &$0) } == encoded)
        #expect(TCPOption.list(in: encoded.span, 0..<encoded.count) == [option])
    }

    @Test func theListKeepsTheOrderAndEndsAtTheEnd() {
        let encoded = hex("01 020405b4 04 02 00 0303")
        #expect(
            TCPOption.list(in: encoded.span, 0..<encoded.count)
                == [.noOperation, .maximumSegmentSize(1460), .sackPermitted, .endOfList])
    }

    static let malformed = ["02", "0200", "0201", "0205 05b4", "01 08 0a 0000", "0404", "ff"]

    @Test(arguments: malformed)
    func lengthsThatCannotBeEndTheList(_ text: String) {
        let encoded = hex(text)
        #expect(TCPOptions(decoding: encoded.span, 0..<encoded.count).isMalformed)
        #expect(TCPOption.list(in: encoded.span, 0..<encoded.count).allSatisfy { $0 == .noOperation })
    }

    @Test func theFixedValueHoldsWhatTheListSays() {
        let list: [TCPOption] = [
            .maximumSegmentSize(1200), .windowScale(9), .fastOpen(cookie: [1, 2, 3, 4]), .userTimeout(0x8002),
            .multipath(.join, data: [0x10, 0]), .unknown(kind: 253, data: [0, 1]),
        ]
        let encoded = list.flatMap { option in emitted { option.encode(into: &$0) } }
        let options = TCPOptions(decoding: encoded.span, 0..<encoded.count)
        #expect(options.maximumSegmentSize == 1200)
        #expect(options.windowScale == 9)
        #expect(!options.sackPermitted && options.timestamps == nil && options.sackBlocks.isEmpty)
        #expect(options.fastOpenCookieLength == 4)
        #expect(options.userTimeout == 120)
        #expect(options.multipathSubtype == .join)
        #expect(options.multipathSubtype?.description == "MP_JOIN")
        #expect(options.unknownCount == 1)
        #expect(!options.md5 && !options.authentication && !options.isMalformed)
    }

    @Test func keysAreSeenButNotKept() {
        let encoded = hex("1312 07070707070707070707070707070707 1d04 0102")
        let options = TCPOptions(decoding: encoded.span, 0..<encoded.count)
        #expect(options.md5 && options.authentication)
    }

    /// RFC 7413 appendix A.
    @Test(arguments: [("fe04f989", UInt8(0)), ("fd08f989 01020304", 4)])
    func fastOpenBeforeItHadANumber(_ text: String, _ length: UInt8) {
        let encoded = hex(text)
        #expect(TCPOptions(decoding: encoded.span, 0..<encoded.count).fastOpenCookieLength == length)
    }

    @Test func fourBlocksAndNoMore() {
        var blocks = SACKBlocks()
        for index in 0..<4 as Range<UInt32> {
            let isKept = blocks.append(SACKBlock(left: index, right: index + 1))
            #expect(isKept)
        }
        let isFifthKept = blocks.append(SACKBlock(left: 9, right: 9))
        #expect(!isFifthKept)
        #expect(blocks.count == 4)
        #expect(blocks[3] == SACKBlock(left: 3, right: 4))
        #expect(blocks[4] == nil && blocks[-1] == nil)
        let encoded = emitted { TCPOption.sack(blocks).encode(into: &$0) }
        #expect(TCPOptions(decoding: encoded.span, 0..<encoded.count).sackBlocks == blocks)
    }

    /// The way without the cursor must not differ from the way with it.
    @Test func timestampsAloneTakeTheShortWay() {
        let short = hex("0101 080a 00000005 00000006")
        let long = hex("080a 00000005 00000006 0101")
        let value = TCPTimestamps(value: 5, echoReply: 6)
        #expect(TCPOptions(decoding: short.span, 0..<12).timestamps == value)
        #expect(TCPOptions(decoding: short.span, 0..<12) == TCPOptions(decoding: long.span, 0..<12))
    }

    @Test func optionsInLinuxOrderRoundTrip() throws {
        for bits in 0..<16 {
            let options = TCPOptions(
                maximumSegmentSize: bits & 1 != 0 ? 1460 : nil, windowScale: bits & 2 != 0 ? 7 : nil,
                sackPermitted: bits & 4 != 0,
                timestamps: bits & 8 != 0 ? TCPTimestamps(value: 1, echoReply: 2) : nil)
            let header = TCPHeader(from: 1, to: 2, .syn, options: options)
            let encoded = emitted { header.encode(into: &$0) }
            #expect(encoded.count == header.headerLength)
            #expect(try TCPHeader(decoding: encoded.span, at: 0) == header)
        }
    }

    /// There is room for 40 bytes: what does not fit is left out whole.
    @Test func tooManyOptionsAreLeftOut() throws {
        let options = [TCPOption](repeating: .timestamps(TCPTimestamps(value: 1, echoReply: 2)), count: 9)
        let encoded = emitted { TCPHeader(from: 1, to: 2, .ack).encode(into: &$0, options: options) }
        #expect(encoded.count == 60)
        #expect(TCPOption.list(in: encoded.span, 20..<60).count == 4)
    }

    @Test func anyBytesAreReadTheSameWayTwice() {
        var random = SeededGenerator(seed: 10)
        for _ in 0..<2000 {
            let encoded = random.bytes(40)
            let options = TCPOptions(decoding: encoded.span, 0..<40)
            let list = TCPOption.list(in: encoded.span, 0..<40)
            #expect(options.sackPermitted == list.contains(.sackPermitted))
            let again = list.flatMap { option in emitted { option.encode(into: &$0) } }
            #expect(again == Array(encoded.prefix(again.count)))
        }
    }
}

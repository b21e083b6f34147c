import PacketWire
import Testing

@Test(
    "The published values of FNV-1a, 64 bits",
    arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8 as UInt64)])
func publishedHashes(text: String, value: UInt64) {
    var hash = FNV1a()
    let bytes = Array(text.utf8)
    hash.add(bytes.span)
    #expect(hash.value == value)
}

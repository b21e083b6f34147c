import Testing

@testable import Engine

@Suite struct FileSetNameTests {
    @Test(
        "Names are those that Wireshark takes for a set",
        arguments: [
            ("web.pcapng", "web_00001_20231114221320.pcapng", "web_*.pcapng"),
            ("a/b.c/web.pcap", "a/b.c/web_00001_20231114221320.pcap", "a/b.c/web_*.pcap"),
            ("a.b/web", "a.b/web_00001_20231114221320", "a.b/web_*"),
            ("/tmp/.hidden", "/tmp/.hidden_00001_20231114221320", "/tmp/.hidden_*"),
            ("x.tar.gz", "x.tar_00001_20231114221320.gz", "x.tar_*.gz"),
        ])
    func names(_ path: String, _ first: String, _ pattern: String) {
        let name = FileSetName(path)
        #expect(name.file(1, unixNanoseconds: 1_700_000_000_123_456_789) == first)
        #expect(name.pattern == pattern)
    }

    @Test func numbersGoOn() {
        let name = FileSetName("x.pcapng", part: "_snapshot")
        #expect(name.file(99_999, unixNanoseconds: 0) == "x_snapshot_99999_19700101000000.pcapng")
        #expect(name.file(100_000, unixNanoseconds: 0) == "x_snapshot_100000_19700101000000.pcapng")
    }
}

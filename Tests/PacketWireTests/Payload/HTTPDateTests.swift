import PacketWire
import Testing

/// The Date field: the clock that a server has.
struct HTTPDateTests {
    @Test(
        "Moments of every kind of year",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Thu, 26 Nov 2026 09:30:00 GMT", 1_795_685_400),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Fri, 31 Dec 9999 23:59:60 GMT", 253_402_300_800),
        ])
    func moments(_ text: String, _ seconds: Int64) {
        #expect(HTTPDate(NetworkText(text))?.seconds == seconds)
    }

    @Test(
        "What is no date is none",
        arguments: [
            "", "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994     ",
            "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "Sun,  06 Nov 199408:49:37 GMT",
        ])
    func others(_ text: String) {
        #expect(HTTPDate(NetworkText(text)) == nil)
    }
}

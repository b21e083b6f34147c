import Testing

@testable import HostNetwork

@Suite struct InternationalNameTests {
    private static let hasLibrary = InternationalName.ascii("a") != nil

    @Test(
        "Names are as DNS has them: RFC 5891, with the mapping of browsers",
        .enabled(if: hasLibrary, "the system has no libidn2"),
        arguments: [
            ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
            // u and a diaeresis of its own.
            ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("straße.example", "xn--strae-oqa.example"),
            ("例え.example", "xn--r8jz45g.example"), ("a。例え", "a.xn--r8jz45g"),
            ("\u{2019}web\u{2019}.example", nil), (String(repeating: "ü", count: 64), nil),
        ])
    func converts(_ name: String, _ expected: String?) {
        #expect(InternationalName.ascii(name) == expected)
    }
}

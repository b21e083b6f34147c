import Testing

@testable import HostNetwork

@Suite struct InternationalNameTests {
    private static let hasLibrary: Bool = {
        if InternationalName.ascii("a") != nil { return true }
        print("skipped: names in other scripts need the system's libidn2")
        return false
    }()

    @Test(
        "Names are as DNS has them: RFC 5891, with the mapping of browsers",
        .enabled(if: hasLibrary),
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

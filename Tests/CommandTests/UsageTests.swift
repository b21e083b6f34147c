import Testing

/// What cannot be understood is said in one line, with the usage after it at most, and ends with 64.
@Suite("Wrong usage", .enabled(if: Command.isIsolated, "no network namespaces"))
struct UsageTests {
    static let here = "127.0.0.1:1"

    static let optionCases: [CommandCase] =
        [
            CommandCase(["nosuch"], 64, "Unexpected argument 'nosuch'", lines: 2),
            CommandCase(["analyse", "x.pcap"], 64, "|analyze|", lines: 2),
            CommandCase(["\u{1B}[31mred"], 64, "\\x1b[31mred", lines: 2),
            CommandCase(["two\nUsage: lines"], 64, "two\\x0aUsage: lines", lines: 2),
            CommandCase(["--nosuch"], 64, "Unknown option '--nosuch'", lines: 2),
            CommandCase([String(repeating: "n", count: 100_000)], 64, "nnnn…", lines: 2),
            CommandCase(["probe"], 64, "say what to connect to", lines: 2),
            CommandCase(["probe", "--json", here], 64, "--format json prints", lines: 2),
            CommandCase(["probe", "--nosuch", here], 64, "Unknown option '--nosuch'", lines: 2),
            CommandCase(["probe", "-4", "-6", here], 64, "-4 and -6 exclude each other", lines: 2),
            CommandCase(["probe", "-6", here], 64, "cannot be probed with -6"),
            CommandCase(["probe", "-4", "[::1]:1"], 64, "cannot be probed with -4"),
            CommandCase(["probe", "--no-capture", "-w", "x.pcapng", here], 64, "exclude each other", lines: 2),
            CommandCase(["probe", "-w", "", here], 64, "-w is the name of a file", lines: 2),
            CommandCase(["probe", "-o", "", here], 64, "-o is the name of a file", lines: 2),
            CommandCase(["probe", "--json", "", here], 64, "--json is the name of a file", lines: 2),
            CommandCase(["probe", "--json", "-", here], 64, "'--format json' writes to standard output", lines: 2),
            CommandCase(["probe", "-o", "r", "--json", "r", here], 64, "-o and --json name one file", lines: 2),
            CommandCase(["probe", "-o", "r", "--json", "./r", here], 64, "-o and --json name one file", lines: 2),
            CommandCase(
                ["probe", "-w", "r", "--json", "folder/../r", here], 64, "-w and --json name one file", lines: 2),
            CommandCase(["probe", "-w", "r", "--json", "r", here], 64, "-w and --json name one file", lines: 2),
            CommandCase(
                ["analyze", "--json", "closed.pcap", "closed.pcap"], 64,
                "closed.pcap is what is read: --json needs another name"),
            CommandCase(["probe", "--format", "xml", here], 64, "'xml' is invalid", lines: 2),
            CommandCase(["probe", "--color", "maybe", here], 64, "'maybe' is invalid", lines: 2),
            CommandCase(["probe", "--source", "abc", here], 64, "--source", lines: 2),
            CommandCase(["probe", "--source", "::1", here], 64, "cannot be probed with --source ::1"),
            CommandCase(["probe", "-6", "--source", "127.0.0.1", "[::1]:1"], 64, "--source 127.0.0.1"),
            CommandCase(["probe", "--sni", "x", here], 64, "--sni, --alpn, --ca, --pad and --insecure go with"),
            CommandCase(["probe", "--tls", "--sni", "a b\u{FC}", here], 64, "--sni: write the name as DNS has it"),
            CommandCase(["probe", "--tls", "--pad", "16001", here], 64, "--pad is between 0 and 16000", lines: 2),
            CommandCase(["probe", "--starttls", here], 64, "--starttls is for ports 25, 587, 143 and 110"),
            CommandCase(["probe", "--tls", "--alpn", "h2,,x", here], 64, "--alpn is a list of names", lines: 2),
            CommandCase(["probe", "--tls", "--ca", "", here], 64, "--ca is the name of a file", lines: 2),
            CommandCase(["probe", "https://127.0.0.1:1/a b"], 64, "the path holds what no request line can"),
            CommandCase(["probe", "gopher://127.0.0.1:1"], 64, "unknown scheme 'gopher'"),
            CommandCase(["probe", "-x", "127.0.0.1:1", "127.0.0.1:1/udp"], 64, "-x is for TCP"),
            CommandCase(["probe", "-x", "u:secret@h", "127.0.0.1:1"], 64, "say the proxy's port: http://h:PORT"),
            CommandCase(["probe", "-x", "ftp://h:1", "127.0.0.1:1"], 64, "'ftp' is not spoken"),
            CommandCase(["probe", "-x", "socks4://127.0.0.1:1", "[::1]:1"], 64, "SOCKS 4 has no words for ::1"),
            CommandCase(["probe", "--resolver", "a.b", "127.0.0.1:1"], 64, "--resolver is the address", lines: 2),
            CommandCase(["probe", "--payload", "nosuch", "127.0.0.1:1/udp"], 64, "'nosuch' is no payload", lines: 2),
            CommandCase(["probe", "--payload", "a\u{1B}[31m", "127.0.0.1:1/udp"], 64, "a\\x1b[31m", lines: 2),
            CommandCase(["probe", "--payload", "", "127.0.0.1:1/udp"], 64, "'' is no payload", lines: 2),
            CommandCase(["probe", "--payload", "hex:0", "127.0.0.1:1/udp"], 64, "pairs of hexadecimal", lines: 2),
            CommandCase(["probe", "--payload", "hex:zz", "127.0.0.1:1/udp"], 64, "pairs of hexadecimal", lines: 2),
            CommandCase(["probe", "--payload", "hex:", "127.0.0.1:1/udp"], 64, "holds no bytes", lines: 2),
            CommandCase(
                ["probe", "--payload", "hex:" + String(repeating: "00", count: 1_401), "127.0.0.1:1/udp"], 64,
                "more than the 1400 bytes", lines: 2),
            CommandCase(["probe", "--payload", "@", "127.0.0.1:1/udp"], 64, "the name of a file", lines: 2),
            CommandCase(["probe", "--payload", "@random", "127.0.0.1:1/udp"], 64, "more than the 1400 bytes"),
            CommandCase(["probe", "--payload", "@empty", "127.0.0.1:1/udp"], 64, "empty holds no bytes"),
            CommandCase(["probe", "--payload", "@/dev/zero", "127.0.0.1:1/udp"], 64, "more than the 1400 bytes"),
            CommandCase(["probe", "--payload", "@absent", "127.0.0.1:1/udp"], 66, "absent: No such file"),
            CommandCase(["probe", "--payload", "@folder", "127.0.0.1:1/udp"], 66, "folder: Is a directory"),
            CommandCase(["probe", "--payload", "ntp", here], 64, "of --payload are for UDP"),
            CommandCase(["probe", "--payload", "text:a\\q", here], 64, "no other escapes", lines: 2),
            CommandCase(["probe", "--payload", "text:\\x0", here], 64, "no other escapes", lines: 2),
            CommandCase(["probe", "--payload", "text:", here], 64, "holds no bytes", lines: 2),
            CommandCase(["probe", "--payload", "@/dev/zero", here], 64, "more than the 16384 bytes that are said"),
            CommandCase(["probe", "--payload", "hex:00", "http://127.0.0.1/"], 64, "ask for nothing else"),
            CommandCase(["probe", "--http", "127.0.0.1:9/udp"], 64, "--http is for TCP"),
            CommandCase(["probe", "--tls", "127.0.0.1:9/udp"], 64, "--tls is for TCP"),
            CommandCase(["trace"], 64, "say where to", lines: 2),
            CommandCase(["trace", "--rounds", "0", here], 64, "--rounds is between 1 and 100", lines: 2),
            CommandCase(["trace", "--rounds", "x", here], 64, "is invalid for '--rounds", lines: 2),
            CommandCase(["trace", "--max-hops", "65", here], 64, "--max-hops is between 1 and 64", lines: 2),
            CommandCase(["trace", "--payload", "ntp", here], 64, "--payload is for UDP, and no target is"),
            CommandCase(["trace", "--payload", "nothing", "\(here)/udp"], 64, "is no payload", lines: 2),
            CommandCase(["trace", "-4", "-6", here], 64, "-4 and -6 exclude each other", lines: 2),
            CommandCase(["trace", "-6", here], 64, "cannot be probed with -6"),
            CommandCase(["trace", "--source", "abc", here], 64, "--source", lines: 2),
            CommandCase(["trace", "-w", "", here], 64, "-w is the name of a file", lines: 2),
            CommandCase(["trace", "--no-capture", "-w", "x.pcapng", here], 64, "exclude each other", lines: 2),
            CommandCase(["trace", "--", "127.0.0.1:0"], 64, "port 0 is not between 1 and 65535"),
            CommandCase(["analyze"], 64, "say which capture to read", lines: 2),
            CommandCase(["analyze", ""], 64, "name is empty", lines: 2),
            CommandCase(["capture", "-c", "0"], 64, "-c is at least 1", lines: 2),
            CommandCase(["capture", "--duration", "nan"], 64, "--duration", lines: 2),
            CommandCase(["lab", "run"], 64, "<scenario>", lines: 2),
            CommandCase(["lab", "run", "open"], 64, "no command"),
            CommandCase(["lab", "run", "nosuch", "--", "true"], 64, "no scenario 'nosuch'"),
            CommandCase(["lab", "show", "nosuch"], 64, "no scenario 'nosuch'"),
            CommandCase(["lab", "show", "a\u{1B}[31m"], 64, "a\\x1b[31m"),
            CommandCase(["lab", "show", "absent\n.yaml"], 66, "absent\\x0a.yaml"),
            CommandCase(["lab", "show", "folder/"], 66, "folder/"),
            CommandCase(["lab", "demo", "-w", "absent/x.pcapng"], 74, "absent/x.pcapng", output: .text),
        ]
        + ["0", "-1", "nan", "inf", "1e999", "0.01", "601"].flatMap { timeout in
            ["probe", "trace"].map {
                CommandCase([$0, "--timeout=\(timeout)", here], 64, "--timeout is between 0.1 and 600", lines: 2)
            }
        }
        + [
            "0", "5,", "1.5", "-3", "32768", "1,2,x", "\u{7}",
            Array(1...17).map(String.init).joined(separator: ","),
        ]
        .map {
            CommandCase(["probe", "--idle=\($0)", here], 64, "--idle is a list of whole seconds", lines: 2)
        }
        + ["abc", "1s", "\u{7}"].map {
            CommandCase(["probe", "--timeout", $0, here], 64, "is invalid for '--timeout", lines: 2)
        }
        + ["0", "70000", "-5"].flatMap { port in
            ["probe", "trace"].map {
                CommandCase([$0, "--source-port=\(port)", here], 64, "--source-port is between 1 and 65535", lines: 2)
            }
        }

    @Test("options", arguments: optionCases)
    func options(_ item: CommandCase) async throws { try await item.run() }

    static let targetCases: [(String, String)] = [
        ("127.0.0.1:0", "port 0 is not between 1 and 65535"),
        ("127.0.0.1:70000", "port 70000 is not between 1 and 65535"),
        ("127.0.0.1:99999999999999999999999", "is not between 1 and 65535"),
        ("127.0.0.1:-1", "is not a port"), ("127.0.0.1:", "'' is not a port"), (":", "is not a port"),
        ("127.0.0.1:1-", "is not a port"), ("127.0.0.1:22,,80", "is not a port"),
        ("127.0.0.1:9-2", "runs backwards"), ("127.0.0.1:1-5000", "more than 4096 ports"),
        ("127.0.0.1:1/sctp", "/tcp or /udp"), ("tcp://", "there is no host"), ("", "there is no host"),
        ("gopher://127.0.0.1:70", "unknown scheme"), ("[::1", "'[' without ']'"), ("[::1]:", "is not a port"),
        ("[127.0.0.1]:1", "between brackets stands an IPv6 address"), ("300.1.1.1:22", "not a complete IPv4 address"),
        ("127.1:22", "not a complete IPv4 address"), ("a..b:22", "neither an address nor a host name"),
        ("10.0.0.0/0:22", "more than 4096 addresses"), ("10.0.0.0/40:22", "at most 32 bits"),
        ("a\u{1B}[31mb:22", "a\\x1b[31mb"), ("a\nb:22", "a\\x0ab"), ("a\u{202E}b:22", "neither"),
        ("a b:22", "neither"), (String(repeating: "a", count: 300) + ":22", "neither an address nor a host name"),
    ]

    @Test("targets", arguments: targetCases)
    func targets(_ target: String, _ error: String) async throws {
        try await CommandCase(["probe", "--", target], 64, error).run()
    }

    @Test("a bad target among good ones stops the run before anything is sent")
    func mixed() async throws {
        try await CommandCase(["probe", Self.here, "127.0.0.1:0"], 64, "'127.0.0.1:0'").run()
    }

    @Test(
        "help and version are on standard output",
        arguments: [["--help"], ["--version"], ["probe", "--help"], ["trace", "--help"]])
    func help(_ arguments: [String]) async throws {
        try await CommandCase(arguments, 0, output: .text).run()
    }
}

import Conversations
import Foundation
import PacketWire
import StallpointTestKit
import Testing

/// `stallpoint analyze --follow` on files that a script lets grow. Nothing depends on how fast the machine is: a step
/// is made when the one before it has been told.
@Suite("analyze --follow", .enabled(if: Command.isIsolated, "no network namespaces"))
struct FollowTests {
    /// What each script begins with.
    private static let setUp = """
        export SP="$0"
        # Starts to follow, with the options that are given; a shell's background jobs would ignore SIGINT.
        follow() {
            env --default-signal=INT "$SP" analyze --follow "$@" < "${input:-/dev/null}" > told 2> said & follower=$!
        }
        # Ends it as a person does, and gives its status.
        stop() { kill -${1:-INT} $follower; wait $follower; echo "status $?"; }
        # Waits until a command succeeds. The bound only ends a test that has already failed.
        await() {
            left=600
            until "$@" > /dev/null 2>&1; do
                left=$((left - 1)); [ $left -gt 0 ] || { echo "in vain: $*" >&2; cat told said >&2; exit 98; }
                sleep 0.1
            done
        }
        # Signals are its own affair from then on.
        ready() { grep -q '^SigBlk:.*[1-9a-f]' /proc/$follower/status; }
        # Bytes of a file, counted from 0.
        bytes() { tail -c +$(($2 + 1)) "$1" | head -c $(($3 - $2)); }

        """

    private func run(
        _ script: String, _ arguments: [String] = [], in folder: ScratchFolder
    ) async throws -> Outcome {
        let outcome = try await Command.shell(Self.setUp + script, arguments, in: folder)
        #expect(outcome.signal == nil && outcome.status == 0, "\(outcome.errorText)")
        return outcome
    }

    /// Connections that are refused, at three ports of one host, with seconds between them.
    private static let refusals: [UInt8] = {
        var script = PacketScript()
        for port: UInt16 in [8_001, 8_002, 8_003] {
            script.send(.syn, to: port)
            script.answer([.rst, .ack], from: port, sequence: 0)
            script.wait(.seconds(2))
        }
        return script.captureFile
    }()

    /// The file header; a record is 16 bytes and its frame.
    private static let header = 24
    /// Of the first two packets, which decide the first refusal.
    private static let pair = header + 2 * (16 + 40)

    private func folder() throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(Self.refusals, "whole.pcap")
        return folder
    }

    @Test("A finding is told when its packets are there, byte by byte of the file, and the whole at the end")
    func grows() async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 10 > x.pcap
            follow x.pcap
            # The header's other half, then half a packet, the rest of it, and half of its answer.
            for end in 24 44 80 120; do bytes whole.pcap $(wc -c < x.pcap) $end >> x.pcap; done
            [ -s told ] && exit 1
            bytes whole.pcap 120 \(Self.pair) >> x.pcap
            await grep -q ':8001/tcp  CLOSED' told
            bytes whole.pcap \(Self.pair) 1000 >> x.pcap
            await grep -q ':8002/tcp  CLOSED' told
            await grep -q ':8003/tcp  CLOSED' told
            wc -l < told
            stop
            tail -n +4 told; cat said
            """, in: folder())
        let lines = outcome.outputText.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "3" && lines[1] == "status 1" && lines[2].isEmpty)
        #expect(lines[3].hasPrefix("6 packets in 3 conversations over 4.0 s"), "\(outcome.outputText)")
        #expect(outcome.outputText.contains("Conversations: 3 closed") && !outcome.outputText.contains("damage"))
    }

    @Test("Each signal is its normal end, with half a record behind the last whole one", arguments: ["INT", "TERM"])
    func signals(_ signal: String) async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 $((\(Self.pair) + 20)) > x.pcap
            follow --format json x.pcap; await ready
            stop $1 > status; cat told; cat status said >&2
            """, [signal], in: folder())
        let report = try JSONDocument(parsing: outcome.outputText)
        #expect(report["diagnoses"]?.elements.count == 1 && report["run"]?["notes"]?.elements.isEmpty == true)
        #expect(outcome.errorText == "status 1\n")
    }

    @Test("ndjson has each finding once, as soon as it is known or at the end")
    func lines() async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 \(Self.pair) > x.pcap
            follow --format ndjson x.pcap
            await grep -q 8001 told
            bytes whole.pcap \(Self.pair) 1000 >> x.pcap
            await grep -q 8002 told
            stop >&2; cat told; cat said >&2
            """, in: folder())
        let ports = try outcome.outputText.split(separator: "\n").map {
            try JSONDocument(parsing: $0)["target"]?["port"]
        }
        #expect(ports == [.number(8_001), .number(8_002), .number(8_003)] && outcome.errorText == "status 1\n")
    }

    @Test("A SYN without an answer is told when the answer is overdue, by waiting alone")
    func silence() async throws {
        var script = PacketScript()
        script.send(.syn)
        let folder = try ScratchFolder()
        try folder.write(script.captureFile, "x.pcap")
        let outcome = try await run(
            "follow x.pcap; await grep -q BLOCKED told; stop; tail -n +3 told", in: folder)
        #expect(outcome.outputText.hasPrefix("status 1\n1 packet in 1 conversation over 0.000 ms"))
        #expect(!outcome.outputText.contains("ends before"))
    }

    @Test("It goes on with what takes the file's name")
    func replaced() async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 \(Self.pair) > x.pcap
            follow x.pcap
            await grep -q 8001 told
            # Rotated: the old one gets its last packet while it is moved away.
            mv x.pcap x.pcap.1; await grep -q 'is gone' said
            { bytes whole.pcap 0 24; bytes whole.pcap \(Self.pair) 1000; } > next; mv next x.pcap
            await grep -q 'x.pcap is another file now' said; await grep -q 8003 told
            # Begun anew, as by tcpdump -w.
            cat closed.pcap > x.pcap
            await grep -q 'x.pcap was begun anew' said; await grep -q '127.0.0.1:1/tcp' told
            stop; grep ^Conversations told; cat said
            """, in: folder())
        #expect(outcome.outputText.contains("status 1\nConversations: 4 closed\n"))
        #expect(!outcome.outputText.contains("damage"), "\(outcome.outputText)")
    }

    @Test("What takes its name and is no capture is said, and waited out")
    func replacedByOther() async throws {
        let outcome = try await run(
            """
            cp closed.pcap x.pcap; follow x.pcap; await grep -q CLOSED told
            cp text.txt next; mv next x.pcap; await grep -q 'text file' said
            cp zipped.pcap.gz next; mv next x.pcap; await grep -q 'gzip' said
            cp whole.pcap next; mv next x.pcap; await grep -q 8003 told
            stop; wc -l < said
            """, in: folder())
        #expect(outcome.outputText == "status 1\n5\n", "\(outcome.errorText)")
    }

    @Test(
        "A pipe tells as it is filled, and ends with its writer",
        arguments: [
            "mkfifo pipe; follow pipe; exec 3> pipe", "mkfifo pipe; input=pipe; follow -; exec 3> pipe",
        ])
    func pipe(_ begin: String) async throws {
        let outcome = try await run(
            """
            \(begin)
            bytes whole.pcap 0 100 >&3; bytes whole.pcap 100 \(Self.pair) >&3
            await grep -q 8001 told
            bytes whole.pcap \(Self.pair) 1000 >&3; exec 3>&-
            wait $follower; echo "status $?"; grep ^Conversations told; cat said
            """, in: folder())
        #expect(outcome.outputText == "status 1\nConversations: 3 closed\n")
    }

    @Test("A pipe that breaks off within a packet is damaged")
    func brokenPipe() async throws {
        let outcome = try await run(
            "head -c 150 whole.pcap | \"$SP\" analyze --follow - > told; echo \"status $?\"", in: folder())
        #expect(outcome.outputText == "status 1\n" && outcome.errorText.contains("damaged after 2 whole packets"))
    }

    @Test("A file on standard input grows, too")
    func standardInput() async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 \(Self.pair) > x.pcap
            input=x.pcap; follow -; await grep -q 8001 told
            bytes whole.pcap \(Self.pair) 1000 >> x.pcap; await grep -q 8003 told
            stop
            """, in: folder())
        #expect(outcome.outputText == "status 1\n")
    }

    @Test("Behind --until it ends by itself: packets that come later, and time that passes", arguments: [1_000, 136])
    func until(_ end: Int) async throws {
        let outcome = try await run(
            """
            bytes whole.pcap 0 $1 > x.pcap
            "$SP" analyze --follow --until 1.5 x.pcap > told; echo "status $?"; grep ^Conversations told
            """, ["\(end)"], in: folder())
        #expect(outcome.outputText == "status 1\nConversations: 1 closed\n")
    }

    @Test("Only what was asked for is told")
    func chosen() async throws {
        let outcome = try await run(
            """
            follow --port 8002 whole.pcap; await grep -q 8002 told; stop
            follow --all whole.pcap; await grep -q 8003 told; stop
            follow --verdict open --format ndjson -o report whole.pcap
            await ready; stop; wc -c < report
            """, in: folder())
        #expect(outcome.outputText == "status 1\nstatus 1\nstatus 1\n0\n", "\(outcome.errorText)")
    }

    @Test("Damage in the middle is passed over")
    func damaged() async throws {
        let folder = try folder()
        var bytes = GeneratedTraffic(seed: 3, conversations: 64).captureFile
        for index in 2_000..<2_060 { bytes[index] = 0xFF }
        try folder.write(bytes, "x.pcap")
        let outcome = try await run(
            """
            follow --format json x.pcap; await ready
            stop >&2; cat told
            """, in: folder)
        let report = try JSONDocument(parsing: outcome.outputText)
        let notes = report["run"]?["notes"]?.elements.compactMap(\.text) ?? []
        #expect(notes.contains { $0.contains("damaged in 1 place") }, "\(notes)")
        #expect((report["diagnoses"]?.elements.count ?? 0) > 5)
    }

    @Test("The lines stop when nobody reads them")
    func nobodyListens() async throws {
        let outcome = try await run(
            """
            { "$SP" analyze --follow --format ndjson whole.pcap; echo "status $?" >&2; } | head -n 1
            """, in: folder())
        #expect(outcome.errorText.hasSuffix("status 141\n"), "\(outcome.errorText)")
    }

    static let refusedCases: [CommandCase] = [
        CommandCase(["analyze", "--follow", "closed.pcap", "closed.pcapng"], 64, "--follow takes one file", lines: 2),
        CommandCase(["analyze", "--follow"], 64, "say which capture", lines: 2),
        CommandCase(["analyze", "--follow", "missing"], 66, "cannot read missing: No such file"),
        CommandCase(["analyze", "--follow", "folder"], 66, "cannot read folder: Is a directory"),
        CommandCase(["analyze", "--follow", "text.txt"], 66, "text file"),
        CommandCase(["analyze", "--follow", "random"], 66, "not a capture file"),
        CommandCase(["analyze", "--follow", "/dev/null"], 66, "the file is empty"),
        CommandCase(["analyze", "--follow", "-"], 66, "the file is empty"),
        CommandCase(["analyze", "--follow", "zipped.pcap.gz"], 64, "gzip -dc zipped.pcap.gz | stallpoint analyze"),
        CommandCase(["analyze", "--follow", "--filter", "no such filter", "closed.pcap"], 64, "filter"),
    ]

    @Test("What cannot be followed is refused in a line", arguments: refusedCases)
    func refused(_ item: CommandCase) async throws { try await item.run() }

    @Test("The recorder's own file, while it is written")
    func recorder() async throws {
        let outcome = try await run(
            """
            ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up || exit 99
            ip address add 10.9.0.1/24 dev v0 && ip neighbor add 10.9.0.2 lladdr 02:00:00:00:00:09 dev v0 || exit 99
            env --default-signal=INT "$SP" capture -q -i v1 -w x.pcapng 2> recorder & recorder=$!
            await test -e x.pcapng
            follow x.pcapng
            await grep -q listening recorder
            # Nobody answers at the other end.
            timeout 5 bash -c 'exec 3<> /dev/tcp/10.9.0.2/9009'
            await grep -q '10.9.0.2:9009/tcp  BLOCKED' told
            stop; kill -INT $recorder; wait $recorder
            """, in: ScratchFolder())
        #expect(outcome.outputText == "status 1\n", "\(outcome.errorText)")
    }
}

import Foundation
import StallpointTestKit
import Testing

/// `stallpoint capture` as a recorder that is left running, on a pair of interfaces in a network namespace: what
/// leaves `v0` arrives at `v1`, where nobody answers.
@Suite("Recording", .enabled(if: Command.isIsolated, "no network namespaces"))
struct RecordingTests {
    /// What each script begins with. The recorder says when it listens; the last line of `said` is its summary.
    private static let setUp = """
        export SP="$0"
        ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up || exit 99
        ip address add 10.9.0.1/24 dev v0 && ip neighbor add 10.9.0.2 lladdr 02:00:00:00:00:09 dev v0 || exit 99
        # So many datagrams of so many bytes.
        send() { bash -c "dd if=/dev/zero bs=$2 count=$1 2> /dev/null > /dev/udp/10.9.0.2/9"; }
        # Starts the recorder, with its file and options.
        record() {
            env --default-signal=INT "$SP" capture -q -i v1 "$@" 'udp port 9' 2> said & recorder=$!
            await grep -q listening said
        }
        # Waits until a command succeeds. The bound only ends a test that has already failed.
        await() {
            left=300
            until "$@" > /dev/null 2>&1; do
                left=$((left - 1)); [ $left -gt 0 ] || { echo "in vain: $*" >&2; cat said >&2; exit 98; }
                sleep 0.1
            done
        }
        # Packets in a file, as another reader counts them; it fails where the file is damaged.
        count() { tshark -r "$1" -T fields -e frame.number > numbers || return 1; wc -l < numbers; }
        has() { [ "$(count "$1")" = "$2" ]; }

        """

    private static let hasTshark: Bool = {
        let isThere = ["/usr/bin/tshark", "/usr/local/bin/tshark"].contains {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        if !isThere { print("Recordings are not read by another reader: tshark is not installed") }
        return isThere
    }()

    private func run(_ script: String, in folder: ScratchFolder, _ arguments: [String] = []) async throws -> Outcome {
        let outcome = try await Command.shell(Self.setUp + script, arguments, in: folder)
        #expect(outcome.signal == nil)
        return outcome
    }

    @Test(
        "It can be read while it grows, and after kill -9 everything is there",
        .enabled(if: hasTshark, "tshark is not installed"), arguments: ["x.pcapng", "x.pcap"])
    func killed(_ file: String) async throws {
        let outcome = try await run(
            """
            record -w "$1"
            has "$1" 0 || exit 1
            send 20 100; await has "$1" 20
            send 30 1400; await has "$1" 50
            kill -KILL $recorder; wait $recorder
            count "$1"; ls *.part 2> /dev/null
            """, in: ScratchFolder(), [file])
        #expect(outcome.outputText == "50\n", "\(outcome.errorText)")
    }

    @Test(
        "A ring keeps the newest files, each complete", .enabled(if: hasTshark, "tshark is not installed"),
        arguments: ["x.pcapng", "x.pcap"])
    func ring(_ file: String) async throws {
        let folder = try ScratchFolder()
        let outcome = try await run(
            """
            mkdir ring
            record -w "ring/$1" --file-size 0.02 --ring 3
            send 200 1400
            await sh -c 'ls ring | grep -q "_000[1-9][0-9]_"'
            kill -INT $recorder; wait $recorder || exit
            for one in ring/*; do
                [ "$(count $one)" -ge 1 ] || exit 1
                [ "$(wc -c < $one)" -le 20000 ] || exit 2
            done
            ls ring | wc -l; tail -n 1 said
            """, in: folder, [file])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        let lines = outcome.outputText.split(separator: "\n")
        #expect(lines.first == "3")
        #expect(lines.last?.hasPrefix("stallpoint: 200 packets, kept in the last 3 of ") == true, "\(lines)")
    }

    @Test(
        "A snapshot is the last packets, and the recording goes on", .enabled(if: hasTshark, "tshark is not installed"))
    func snapshot() async throws {
        let outcome = try await run(
            """
            record -w x.pcapng --snapshot 600
            send 20 100; await has x.pcapng 20
            kill -USR1 $recorder; await grep -q snapshot: said
            send 5 100; await has x.pcapng 25
            kill -USR1 $recorder; await grep -q 'snapshot: 25 packets' said
            kill -INT $recorder; wait $recorder || exit
            for one in x_snapshot_*; do count $one; done; count x.pcapng
            """, in: ScratchFolder())
        #expect(outcome.status == 0 && outcome.outputText == "20\n25\n25\n", "\(outcome.errorText)")
    }

    @Test("Without a file a snapshot is all that is written", .enabled(if: hasTshark, "tshark is not installed"))
    func snapshotOnly() async throws {
        let outcome = try await run(
            """
            record --snapshot 600 -c 7
            send 7 100
            wait $recorder; status=$?
            ls stallpoint-* 2> /dev/null; tail -n 1 said; exit $status
            """, in: ScratchFolder())
        #expect(outcome.status == 0 && outcome.outputText == "stallpoint: 7 packets\n", "\(outcome.errorText)")
    }

    @Test(
        "A full disk ends it with one line, 74 and whole packets", .enabled(if: hasTshark, "tshark is not installed"),
        arguments: ["x.pcapng", "x.pcap"])
    func fullDisk(_ file: String) async throws {
        let outcome = try await run(
            """
            mount -t tmpfs -o size=64k none folder || exit 99
            record -w "folder/$1"
            send 200 1400
            wait $recorder; status=$?
            count "folder/$1"; wc -l < said; tail -n 1 said; exit $status
            """, in: ScratchFolder(), [file])
        #expect(outcome.status == 74, "\(outcome.errorText)")
        let lines = outcome.outputText.split(separator: "\n")
        try #require(lines.count == 3, "\(lines)")
        let kept = try #require(Int(lines[0]))
        // 64 KiB hold 44 of these.
        #expect((43...45).contains(kept))
        #expect(lines[1] == "2")
        #expect(
            lines[2] == "stallpoint: cannot write folder/\(file): No space left on device; "
                + "\(kept) whole packets are kept in folder/\(file)")
    }

    @Test("A limit on the size of files is no reason to die")
    func fileLimit() async throws {
        let outcome = try await run(
            """
            ulimit -f 64
            record -w x.pcapng
            send 300 1400
            wait $recorder; status=$?; tail -n 1 said; exit $status
            """, in: ScratchFolder())
        #expect(outcome.status == 74, "\(outcome.errorText)")
        #expect(outcome.outputText.contains("File too large"))
    }

    /// The recorder stands still while more comes than the kernel's buffer holds.
    @Test("What was sent is in the file or counted as lost", .enabled(if: hasTshark, "tshark is not installed"))
    func overrun() async throws {
        let outcome = try await run(
            """
            record -w x.pcapng -B 1
            kill -STOP $recorder
            send 6000 1400
            kill -CONT $recorder
            await grep -q 'lost by the capture so far' said
            send 10 100
            kill -INT $recorder; wait $recorder || exit
            count x.pcapng; tail -n 1 said
            """, in: ScratchFolder())
        #expect(outcome.status == 0, "\(outcome.errorText)")
        let words = outcome.outputText.split(whereSeparator: { " \n,".contains($0) }).map(String.init)
        let kept = try #require(words.first.flatMap { Int($0) })
        let lost = try #require(words.firstIndex(of: "lost").flatMap { Int(words[$0 - 1]) })
        #expect(kept + lost == 6_010 && lost > 3_000, "\(outcome.outputText)")
    }

    @Test("The counts are in the file")
    func countsInTheFile() async throws {
        let folder = try ScratchFolder()
        let outcome = try await run(
            """
            record -w x.pcapng -B 1
            kill -STOP $recorder
            send 6000 1400
            kill -CONT $recorder
            await grep -q 'lost by the capture so far' said
            kill -INT $recorder; wait $recorder || exit
            "$SP" analyze --format json x.pcapng
            """, in: folder)
        let notes = try JSONDocument(parsing: outcome.outputText)["run"]?["notes"]?.elements.compactMap(\.text) ?? []
        #expect(notes.contains { $0.contains("the capture lost ") }, "\(notes)")
    }

    @Test(
        "Handshakes only: of one flow of datagrams the first are kept",
        .enabled(if: hasTshark, "tshark is not installed"))
    func handshakes() async throws {
        let outcome = try await run(
            """
            record -w x.pcapng --handshakes
            send 100 500; await has x.pcapng 16
            kill -INT $recorder; wait $recorder || exit
            count x.pcapng; tail -n 1 said
            """, in: ScratchFolder())
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.outputText == "16\nstallpoint: 100 packets, 16 of them kept in x.pcapng\n")
    }

    @Test("A pipe gets the packets as they come", .enabled(if: hasTshark, "tshark is not installed"))
    func pipe() async throws {
        let outcome = try await run(
            """
            { "$SP" capture -i v1 -w - -c 20 'udp port 9' 2> said & recorder=$!
              await grep -q listening said; send 20 100; wait $recorder; } | tshark -r - -T fields -e udp.dstport | wc -l
            """, in: ScratchFolder())
        #expect(outcome.outputText == "20\n", "\(outcome.errorText)")
    }

    /// Under sudo, root is given up; later files are made by whoever is left. The first is made before that and given
    /// to the caller.
    @Test(
        "Later files can be made, or it is said at once", .enabled(if: geteuid() == 0, "users cannot be given files"),
        arguments: [
            ("chown 12345:12345 ring", 0, "12345"),
            ("chown 0:0 ring; chmod 755 ring", 0, "0\n12345"),
            ("chown 999:999 ring; chmod 755 ring", 74, ""),
        ])
    func laterFiles(_ prepare: String, _ status: Int, _ owner: String) async throws {
        let folder = try ScratchFolder()
        try folder.openToEveryone()
        let outcome = try await run(
            """
            mkdir ring; \(prepare)
            export SUDO_UID=12345 SUDO_GID=12345
            "$SP" capture -q -i v1 -w ring/x.pcapng -C 0.005 -c 20 'udp port 9' 2> said & recorder=$!
            await grep -q . said; send 20 1000
            wait $recorder; status=$?
            stat -c %u ring/* 2> /dev/null | sort -u; tail -n 1 said >&2; exit $status
            """, in: folder)
        #expect(outcome.status == Int32(status), "\(outcome.errorText)")
        #expect(outcome.outputText == (owner.isEmpty ? "" : owner + "\n"), "\(outcome.errorText)")
        if status == 74 { #expect(outcome.errorText.contains("cannot make files in ring after root is given up")) }
    }

    @Test("Without --snapshot the signal asks for the counts, and ends nothing")
    func counts() async throws {
        let outcome = try await run(
            """
            record -w x.pcapng
            kill -USR1 $recorder; await grep -q 'packets so far' said
            kill -INT $recorder; wait $recorder; status=$?; tail -n 1 said; exit $status
            """, in: ScratchFolder())
        #expect(outcome.status == 0 && outcome.outputText == "stallpoint: 0 packets, kept in x.pcapng\n")
    }

    static let usage: [CommandCase] = [
        CommandCase(["capture", "--ring", "3", "-w", "x.pcapng"], 64, "--ring needs --file-size", lines: 2),
        CommandCase(["capture", "--ring", "1", "-C", "1", "-w", "x.pcapng"], 64, "--ring is at least 2", lines: 2),
        CommandCase(["capture", "-C", "1"], 64, "a ring of files needs -w", lines: 2),
        CommandCase(["capture", "-C", "1", "-w", "-"], 64, "a ring of files needs -w", lines: 2),
        CommandCase(["capture", "-C", "nan", "-w", "x"], 64, "--file-size", lines: 2),
        CommandCase(["capture", "-G", "0", "-w", "x"], 64, "--file-seconds", lines: 2),
        CommandCase(["capture", "--handshakes"], 64, "--handshakes needs -w", lines: 2),
        CommandCase(["capture", "--snapshot", "0"], 64, "--snapshot is more than 0", lines: 2),
        CommandCase(["capture", "--snapshot-memory", "0"], 64, "--snapshot-memory", lines: 2),
        CommandCase(["capture", "-B", "0"], 64, "-B is 1", lines: 2),
        CommandCase(["capture", "-s", "1"], 64, "-s is 64", lines: 2),
    ]

    @Test("bad usage", arguments: usage)
    func badUsage(_ item: CommandCase) async throws { try await item.run() }
}

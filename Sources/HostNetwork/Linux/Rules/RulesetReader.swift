#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// Lists this machine's packet filter after this process has given up the privilege to do so.
    ///
    /// nft asks for CAP_NET_ADMIN at the moment of the listing, and by then the tool keeps no privilege. So a small
    /// child is started before, and it alone keeps CAP_NET_ADMIN (and CAP_NET_RAW, which iptables-legacy-save needs):
    /// a fixed shell loop that answers each line on its standard input with the listings, and ends with its input,
    /// which is this process's end too, however it comes about. A shell and not this program again: it starts in a
    /// millisecond, what it can do stands in a few lines below, nothing of a question reaches a command, and there is
    /// no code of ours that runs with a privilege. It has no environment, no other descriptors, and lists only.
    public final class RulesetReader {
        /// What one answer consists of, in this order; each is empty where there is nothing.
        public struct Listings: Sendable, Hashable {
            public var nftablesJSON: [UInt8] = []
            public var nftables: [UInt8] = []
            public var iptables: [UInt8] = []
            public var ip6tables: [UInt8] = []
            public var legacyIptables: [UInt8] = []
            public var legacyIp6tables: [UInt8] = []

            init(_ parts: [[UInt8]]) {
                guard parts.count == RulesetReader.partCount else { return }
                (nftablesJSON, nftables) = (parts[0], parts[1])
                (iptables, ip6tables) = (parts[2], parts[3])
                (legacyIptables, legacyIp6tables) = (parts[4], parts[5])
            }

            public init() {}
        }

        static let partCount = 6
        /// All listings of one answer together; more ends the reading.
        static let mostBytes = 32 << 20

        /// The whole program of the child. NUL ends each part, for no listing contains it.
        ///
        /// iptables-nft-save runs only where nft names extensions (`xt`) that it does not spell out, and the legacy
        /// programs only where the kernel has such tables already: asking for others would load them.
        private static let program = """
            save() {
                if command -v "$1-$2-save"; then "$1-$2-save" -c
                else case $("$1-save" -V) in *nf_tables*) [ "$2" = nft ];; *) [ "$2" = legacy ];; esac && "$1-save" -c
                fi
            }
            while read -r question; do
                rules=$(nft -j list ruleset | head -c 8388608)
                printf '%s\\0' "$rules"
                nft -a list ruleset
                printf '\\0'
                case $rules in
                *'"xt"'*) save iptables nft; printf '\\0'; save ip6tables nft; printf '\\0';;
                *) printf '\\0\\0';;
                esac
                for family in ip ip6; do
                    if read -r table < "/proc/net/${family}_tables_names"; then save "${family}tables" legacy; fi
                    printf '\\0'
                done
            done
            """

        /// The child.
        let process: Int32
        private var questions: Int32
        public private(set) var descriptor: Int32
        private var received: [UInt8] = []
        private var parts: [[UInt8]] = []
        /// A question is under way.
        public private(set) var isAsked = false
        /// Nothing more will come.
        public private(set) var hasFailed = false

        /// Nil where this process may not read rules, or no child can be started. Called before the first thread.
        public init?() {
            guard Privileges.current().has(.netAdmin) else { return nil }
            var (question, answer): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
            guard unsafe pipe(&question) == 0 else { return nil }
            guard unsafe pipe(&answer) == 0 else {
                for end in question { _ = Glibc.close(end) }
                return nil
            }
            for end in question + answer { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            let kept = [Privileges.Capability.netAdmin, .netRaw].reduce(UInt64(0)) { $0 | 1 << UInt64($1.rawValue) }
            process = Self.start(input: question[0], output: answer[1], kept: kept)
            _ = Glibc.close(question[0])
            _ = Glibc.close(answer[1])
            (questions, descriptor) = (question[1], answer[0])
            guard process > 0 else {
                close()
                return nil
            }
            _ = fcntl(descriptor, F_SETFL, O_RDONLY | O_NONBLOCK)
        }

        private static func start(input: Int32, output: Int32, kept: UInt64) -> Int32 {
            let path = "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
            return unsafe "/bin/sh".withCString { shell in
                unsafe "-c".withCString { option in
                    unsafe program.withCString { program in
                        let arguments: [UnsafePointer<CChar>?] = unsafe [shell, option, program, nil]
                        return unsafe chn_start_confined(arguments, path, input, output, kept)
                    }
                }
            }
        }

        deinit { close() }

        /// Asks for a listing; `read` or `wait` gives it.
        public func ask() {
            guard !isAsked, !hasFailed else { return }
            var line: [UInt8] = [0x0A]
            guard unsafe write(questions, &line, 1) == 1 else { return fail() }
            isAsked = true
        }

        /// What has come meanwhile; the listings when they are complete, else nil.
        public func read() -> Listings? {
            // Nothing comes unasked but the child's end.
            guard !hasFailed, descriptor >= 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                    unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                }
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN { return nil }
                guard count > 0, received.count + count <= Self.mostBytes else {
                    fail()
                    return nil
                }
                take(chunk[..<count])
                if parts.count == Self.partCount {
                    let listings = Listings(parts)
                    (parts, received, isAsked) = ([], [], false)
                    return listings
                }
            }
        }

        private func take(_ bytes: ArraySlice<UInt8>) {
            var rest = bytes
            while let end = rest.firstIndex(of: 0), parts.count < Self.partCount {
                parts.append(received + rest[..<end])
                received = []
                rest = rest[(end + 1)...]
            }
            received += rest
        }

        /// Waits so long for the answer; who does not get it in time gets none any more.
        public func wait(milliseconds: Int32) -> Listings? {
            guard isAsked else { return nil }
            let end = Clock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
            while !hasFailed {
                if let listings = read() { return listings }
                let left = (end - Clock.monotonicNanoseconds()) / 1_000_000
                guard left > 0, !hasFailed else { break }
                var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&polled, 1, Int32(clamping: left))
            }
            fail()
            return nil
        }

        private func fail() {
            hasFailed = true
            isAsked = false
            close()
        }

        /// Ends the child, by ending its input.
        public func close() {
            for end in [questions, descriptor] where end >= 0 { _ = Glibc.close(end) }
            guard questions >= 0 || descriptor >= 0 else { return }
            (questions, descriptor) = (-1, -1)
            guard process > 0 else { return }
            // It ends by itself as soon as it reads on.
            for _ in 0..<50 {
                guard chn_collect(process) == 0 else { return }
                usleep(1_000)
            }
            // Left unburied it would hide the end of other children from who waits for any. Where it may not be killed any
            // more, for this process has dropped its privileges, whoever outlives this one buries it.
            if kill(process, SIGKILL) == 0 {
                while waitpid(process, nil, 0) < 0, errno == EINTR {}
            }
        }
    }
#endif

/// A box that speaks in others' names, by a word.
extension NodeProgram {
    /// The forger is in Perl, as everything has it that the lab's servers need.
    static let forgery = #"""
        # forge PORT TEXT TTL FLAGS [WORDS]: in the background, answers each segment to the TCP port that holds the text, in the
        # name of whom it is for, with one segment that bears these flags (16 ACK, 8 PSH, 4 RST, 1 FIN) and these words, and
        # leaves with this TTL; \r, \n and \xHH stand for bytes. The segment itself goes its way, unless a rule of the node stops it.
        forge() {
            cat >forge.pl <<'END'
        use strict;
        my ($port, $text, $ttl, $flags, $words) = @ARGV;
        $words =~ s/\\r/\r/g;
        $words =~ s/\\n/\n/g;
        $words =~ s/\\x([0-9A-F]{2})/chr(hex($1))/ge;
        # AF_PACKET, SOCK_DGRAM, ETH_P_ALL; then SOCK_RAW, IPPROTO_RAW of both families.
        socket(my $tap, 17, 2, unpack("S", pack("n", 3))) or die;
        socket(my $raw4, 2, 3, 255) or die;
        socket(my $raw6, 10, 3, 255) or die;
        sub sum {
            my $bytes = shift;
            my $sum = 0;
            $sum += $_ for unpack("n*", length($bytes) % 2 ? "$bytes\0" : $bytes);
            $sum = ($sum >> 16) + ($sum & 0xFFFF) while $sum >> 16;
            return ~$sum & 0xFFFF;
        }
        open(my $ready, ">", "forge.ready");
        while (defined recv($tap, my $packet, 65535, 0)) {
            my $six = ord($packet) >> 4 == 6;
            my ($from, $to) = unpack($six ? "x8 a16 a16" : "x12 a4 a4", $packet);
            next if ord(substr($packet, $six ? 6 : 9, 1)) != 6;
            my $segment = substr($packet, $six ? 40 : (ord($packet) & 15) * 4);
            my ($source, $destination, $number, $acknowledged, $offset) = unpack("n n N N C", $segment);
            my $asked = length($segment) - ($offset >> 4) * 4;
            next if $destination != $port or $asked <= 0 or index($segment, $text) < 0;
            my $said = pack("n n N N C C n n n", $destination, $source, $acknowledged, $number + $asked, 0x50, $flags, 512, 0, 0) . $words;
            my $pseudo = $to . $from . pack("N N", length($said), 6);
            substr($said, 16, 2) = pack("n", sum($pseudo . $said));
            if ($six) {
                my $header = pack("N n C C", 0x60000000, length($said), 6, $ttl) . $to . $from;
                send($raw6, $header . $said, 0, pack("S n N a16 N", 10, 0, 0, $from, 0));
            } else {
                my $header = pack("C C n n n C C n", 0x45, 0, 20 + length($said), 0, 0x4000, $ttl, 6, 0) . $to . $from;
                send($raw4, $header . $said, 0, pack("S n a4 a8", 2, 0, $from, ""));
            }
        }
        END
            rm -f forge.ready
            perl forge.pl "$@" >/dev/null 2>&1 </dev/null &
            tries=0
            until [ -e forge.ready ]; do
                tries=$((tries + 1))
                if [ $tries -gt 200 ]; then echo "nothing is forged"; exit 1; fi
                sleep 0.05
            done
        }

        """#
}

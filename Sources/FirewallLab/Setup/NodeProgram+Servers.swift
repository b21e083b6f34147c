import PacketWire

/// Real servers by a word each. All that they write is in the lab's own folder, they stay with the user who made the lab,
/// and no clock and no file of the machine is touched.
extension NodeProgram {
    static let servers = """
        # resolver: dnsmasq on the resolver's addresses, for real.lab, with the settings of standard input.
        resolver() {
            {
                echo "no-resolv"; echo "no-hosts"; echo "no-daemon"; echo "user=root"; echo "group="; echo "pid-file="
                echo "bind-interfaces"; echo "local=/real.lab/"; echo "edns-packet-max=4096"
                for address in \(LabNames.resolvers.map(\.description).joined(separator: " ")); do
                    echo "listen-address=$address"
                done
                cat
            } >dnsmasq.conf
            serve udp/53 dnsmasq -C dnsmasq.conf
        }

        # timeserver SETTING...: chrony, which serves its own time and leaves the machine's clock alone (-x).
        timeserver() {
            {
                echo "local stratum 3"; echo "cmdport 0"
                echo "pidfile \(folder)/chronyd.pid"; echo "driftfile \(folder)/chronyd.drift"
                for setting; do echo "$setting"; done
            } >chrony.conf
            serve udp/123 chronyd -x -d -u root -f "\(folder)/chrony.conf"
        }

        # The server has a second address, the resolver's: who listens on all of them may answer from the wrong one.
        own4=203.0.113.10
        own6=2001:db8:5::10

        # agent: snmpd on both families, with the settings of standard input.
        agent() {
            { echo "agentaddress udp:$own4:161,udp6:[$own6]:161"; cat; } >snmpd.conf
            SNMP_PERSISTENT_DIR=\(folder) serve udp/161 snmpd -f -Lo -C -c snmpd.conf -p "\(folder)/snmpd.pid"
        }

        # fileserver: TFTP, with an empty folder. in.tftpd sets its groups, which a user's own namespace forbids
        # (user_namespaces(7)): there it is dnsmasq's.
        fileserver() {
            mkdir -p empty
            if [ "$(cat /proc/self/setgroups)" = deny ]; then
                for line in no-daemon user=root group= pid-file= port=0 enable-tftp "tftp-root=\(folder)/empty" \\
                    bind-interfaces "listen-address=$own4" "listen-address=$own6"; do echo "$line"; done >tftp.conf
                serve udp/69 dnsmasq -C tftp.conf
                return
            fi
            serve udp/69 in.tftpd -L -4 -a "$own4:69" -u root -s "\(folder)/empty"
            serve udp/69 in.tftpd -L -6 -a "[$own6]:69" -u root -s "\(folder)/empty"
        }

        # secureshell SETTING...: OpenSSH with a key of its own, to which nobody logs in.
        secureshell() {
            mkdir -p /run/sshd
            ssh-keygen -q -t ed25519 -N "" -f hostkey
            {
                echo "HostKey \(folder)/hostkey"; echo "PidFile none"; echo "UsePAM no"; echo "StrictModes no"
                for setting; do echo "$setting"; done
            } >sshd.conf
            serve 22 "$(command -v sshd)" -D -f "\(folder)/sshd.conf"
        }

        """
}

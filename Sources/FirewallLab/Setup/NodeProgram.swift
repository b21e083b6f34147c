/// The shell program that a scenario runs on a node, for what takes more than rules: real servers with certificates of
/// their own. It has a few words beyond the shell's, and a folder that all nodes and the probe share.
enum NodeProgram {
    /// Where certificates and settings are, in the lab's own tmpfs.
    static let folder = "/run/stallpoint-lab/files"

    static func text(_ script: String) -> String { words + servers + forgery + script + "\n" }

    private static let words = """
        set -eu
        mkdir -p \(folder)/tmp
        cd \(folder)

        # authority FILE NAME: a certificate authority of its own, FILE.pem.
        authority() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$2" \\
                -keyout "$1.key" -out "$1.pem" 2>&1 || return 1
        } >/dev/null

        # certificate FILE AUTHORITY NAME...: FILE.pem with its key, for these names, signed by that authority.
        certificate() {
            file=$1 issuer=$2
            shift 2
            names=$(for name; do case $name in IP:*) printf ',%s' "$name" ;; *) printf ',DNS:%s' "$name" ;; esac; done)
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$file.key" \\
                -out "$file.csr" 2>&1 || return 1
            echo "subjectAltName=${names#,}" >"$file.ext"
            openssl x509 -req -in "$file.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial -days 20 \\
                -extfile "$file.ext" -out "$file.pem" 2>&1 || return 1
        } >/dev/null

        # web NAME: nginx with the server blocks of standard input. It listens when this returns.
        web() {
            {
                echo "user root; worker_processes 1; error_log /dev/null; pid \(folder)/$1.pid;"
                echo "events { worker_connections 64; }"
                echo "http { access_log off; server_tokens off;"
                for part in client_body proxy fastcgi uwsgi scgi; do echo "${part}_temp_path \(folder)/tmp;"; done
                cat
                echo "}"
            } >"$1.conf"
            nginx -e /dev/null -c "\(folder)/$1.conf" >/dev/null 2>&1 </dev/null
        }

        # site FILE: a web server on port 443, with that certificate.
        site() {
            web "$1" <<END
        server {
            listen 443 ssl; listen [::]:443 ssl;
            ssl_certificate $1.pem; ssl_certificate_key $1.key;
            location / { return 200 "hello from the lab\\n"; }
        }
        END
        }

        # serve PORT COMMAND...: in the background, until something listens on the port, or on udp/PORT.
        serve() {
            case $1 in
            udp/*) kind=u ;;
            *) kind=t ;;
            esac
            port=${1#udp/}
            shift
            "$@" >/dev/null 2>&1 </dev/null &
            tries=0
            until ss -Hln$kind "sport = :$port" | grep -q .; do
                tries=$((tries + 1))
                if [ $tries -gt 200 ]; then echo "nothing listens on port $port"; exit 1; fi
                sleep 0.05
            done
        }

        """
}

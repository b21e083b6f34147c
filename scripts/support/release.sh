# Sourced by the scripts beside it: a release build of the command, from the folder with Package.swift.

release_build() {
    swift build -c release --product stallpoint </dev/null
}

# release_command: where it is.
release_command() {
    echo "$(swift build -c release --show-bin-path)/stallpoint"
}

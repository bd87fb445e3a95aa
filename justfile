# The commands of the project. Each is one line of cargo; `just` is a convenience, not a need.

# The main job.
run *ARGS:
    cargo run --release -- run park {{ARGS}}

# All tests.
test:
    cargo test --workspace

# Formatting, lints, documentation: all without warnings.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Timings, ours beside the peers'.
bench *ARGS:
    cargo bench {{ARGS}}

# Feeds damaged scenario files to the parser for a while.
fuzz SECONDS="600":
    cargo run --release -p scenario --example fuzz_parser -- --seconds {{SECONDS}}

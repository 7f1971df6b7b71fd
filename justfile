# Short names for what is done often; CI runs `.ci/run` and needs no just.

# Lists the recipes.
default:
    @just --list

# Runs all tests, as CI does.
test *arguments:
    cargo test --workspace {{arguments}}

# Runs everything that must pass before a change is kept.
ci:
    bash .ci/run

# Formats the code.
fmt:
    cargo fmt --all

# Warnings are errors, as in CI.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Builds the documentation of the crates.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Measures what `docs/` quotes, beside SQLite; `just bench import log` measures less, `--fresh` after a change of format.
bench *arguments:
    cargo build --release --package goodword --target-dir target/bench
    cargo run --release --manifest-path tests/bench/Cargo.toml --target-dir target/bench -- {{arguments}}

# Simulates devices for many seeds: `just sim 10000`.
sim seeds="500":
    GOODWORD_SEEDS={{seeds}} cargo test --release -p goodword-tests --test simulation -- --nocapture

# Simulates histories with every kind of trouble, and devices that are there twice.
trouble histories="1000" twins="10000":
    GOODWORD_TROUBLED={{histories}} GOODWORD_TWINS={{twins}} cargo test --release -p goodword-tests --test simulation -- --nocapture histories_with there_twice

# Kills commands 200 times at random moments.
crash:
    GOODWORD_KILLS=200 cargo test -p goodword-tests --test crash

# Kills two daemons 20 times amid first syncs.
resume kills="20":
    GOODWORD_KILLS={{kills}} cargo test --release -p goodword-tests --test first_sync -- --nocapture

# Cuts a link and moves a device 20 times, under loss and delay; root, Linux.
network cuts="20":
    GOODWORD_CUTS={{cuts}} cargo test -p goodword-tests --test network -- --nocapture

# Takes the relay away 20 times, for up to two minutes.
relay outages="20":
    GOODWORD_OUTAGES={{outages}} cargo test -p goodword-net relay -- --nocapture

# Many changes and reconnects at one daemon, whose memory must stay flat.
soak changes="100000" reconnects="1000":
    GOODWORD_SOAK={{changes}},{{reconnects}} cargo test --release -p goodword-tests --test soak -- --nocapture

# Runs the large data sets that are too slow for every change.
scale:
    cargo run --release --manifest-path tests/bench/Cargo.toml --target-dir target/bench --bin scale

# Feeds any bytes to whatever reads bytes of others: `just fuzz 5`, or one target: `just fuzz 5 guard`.
fuzz minutes="1" *targets:
    tests/fuzz/run {{minutes}} {{targets}}

# Builds the page for the phone into crates/web/dist; the next build of the program takes it in.
page:
    crates/web/build.sh

# Tells a story with a real browser (Debian's chromium), a real laptop and a relay between them.
web-test: page
    cargo build --package goodword
    cd tests/web && npm ci --no-audit --no-fund --ignore-scripts && node --test

# Checks that the device compiles for the browser.
wasm:
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='--cfg getrandom_backend="wasm_js"' \
        .ci/wasm cargo check -p goodword-web

# Shows two devices at work, on this machine only.
demo:
    cargo run --release -p goodword -- demo

# Holds the simulator's hashes in WebAssembly (node) against the committed native ones.
wasm-sim:
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='--cfg getrandom_backend="custom"' \
        .ci/wasm cargo build --release --manifest-path tests/wasm/Cargo.toml
    node tests/wasm/run.mjs target/wasm/wasm32-unknown-unknown/release/goodword_wasm_simulation.wasm

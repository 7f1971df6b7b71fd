#!/usr/bin/env bash
# Builds the page for the phone into crates/web/dist: the module, what calls it, the screens.
#
# Needs node with npm, and a compiler for wasm32-unknown-unknown (.ci/wasm-toolchain finds or
# installs one). Nothing else in the workspace does.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-$PWD/target}"

command -v npm >/dev/null || { echo "the page needs node and npm" >&2; exit 3; }
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='--cfg getrandom_backend="wasm_js"' \
    .ci/wasm cargo build --locked --profile wasm -p goodword-web
cargo run --locked --quiet --manifest-path crates/web/bindgen/Cargo.toml --target-dir "$target/bindgen" -- \
    "$target/wasm/wasm32-unknown-unknown/wasm/goodword_web.wasm" crates/web/dist-module

cd crates/web/page
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --ignore-scripts
npx --no-install tsc --noEmit
node build.mjs "$PWD/../dist-module"
du -ch ../dist/* | tail -1

//! The simulator as a WebAssembly module without imports: no clock, no dice, no I/O can reach it.
//!
//! `run.mjs` calls [`run`] for each seed and compares the hashes with the committed native ones.

use std::cell::Cell;

thread_local! {
    static OUT: Cell<[u8; 32]> = const { Cell::new([0; 32]) };
}

/// Runs the history of a seed; the address of its 32-byte hash, or 0 if an invariant does not hold.
#[unsafe(no_mangle)]
pub extern "C" fn run(seed: u64) -> *const u8 {
    match goodword_sync::simulator::run(seed) {
        Ok(outcome) => OUT.with(|out| {
            out.set(outcome.hash);
            out.as_ptr().cast::<u8>().cast_const()
        }),
        Err(_) => std::ptr::null(),
    }
}

/// Stands in for the system's generator, which a module without imports has not: automerge draws
/// an actor id for every document, and every document of ours sets its own before it is used.
/// That hashes equal the native ones shows that no drawn byte reaches a result.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    to: *mut u8,
    bytes: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom passes a buffer of that many bytes.
    unsafe { std::ptr::write_bytes(to, 4, bytes) };
    Ok(())
}

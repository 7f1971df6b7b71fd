//! The same device in a browser's worker: one store, one endpoint, a few calls.
//!
//! [`device`] is the device apart from the browser, and runs anywhere. What only a browser has is
//! in two files for its target alone: the store's bytes in the origin's private file system, and
//! the calls that the page's worker makes. Nothing of core, sync or net is done again here.

pub mod device;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod browser;

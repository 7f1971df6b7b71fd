//! Devices on one machine, over real iroh; without relays but for those of their own.

mod endpoints;
mod hostile;
mod joining;
mod keeping;
mod lab;
mod relay;
mod syncing;

//! Devices on one machine's loopback, over real iroh without relays.

mod endpoints;
mod hostile;
mod joining;
mod lab;
mod syncing;

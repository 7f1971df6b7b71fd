//! Sessions between real stores on memory.

mod honest;
mod hostile;
mod lab;
mod privacy;

//! What the tests of the built program share: homes, processes, stories.
//!
//! Everything here runs the binary as a user would; nothing looks inside a store. Nothing sleeps:
//! waiting means waiting for output or for the end of a process, with a deadline.

pub mod binary;
pub mod daemon;
pub mod dice;
pub mod home;
pub mod netns;
pub mod pattern;
pub mod process;
pub mod story;

pub use home::{Home, Lab};

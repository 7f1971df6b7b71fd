//! Who may do what: statements, and authority as a pure function of their whole set.

mod authority;
mod branches;
mod statement;
mod withdrawn;

pub use authority::{Authority, Standing};
pub use branches::Link;
pub use statement::{
    Accepted, GENESIS_VERSION, Genesis, Recovery, Role, Standalone, StandaloneError, Statement,
    StatementError, recovery_key,
};
pub use withdrawn::{ERASED_FOR_GOOD, Founding, Withdrawn};

//! What differs between a machine with sockets and a browser: how an endpoint is bound, and how
//! long work makes room for others.
//!
//! The only place with a target `cfg`, but for the relay, which a browser cannot run.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod nearby;

pub(crate) use this::aside;
pub(super) use this::{bound_sockets, builder, look_nearby};

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod this {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    use iroh::Endpoint;
    use iroh::endpoint::{BindOpts, Builder, presets};

    use crate::endpoint::Mode;
    use crate::error::Error;

    /// Starts an endpoint for `mode` on `port`; 0 is any.
    pub(in crate::endpoint) fn builder(mode: &Mode, port: u16) -> Result<Builder, Error> {
        let builder = match mode {
            Mode::Default => Endpoint::builder(presets::N0),
            Mode::OwnRelay(_) | Mode::LanOnly | Mode::Loopback => without_lookup(),
        };
        let builder = builder.clear_ip_transports();
        let bound = if *mode == Mode::Loopback {
            builder.bind_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        } else {
            builder.bind_addr(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).and_then(|v4| {
                // Machines without IPv6 are common.
                let optional = BindOpts::default().set_is_required(false);
                v4.bind_addr_with_opts(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)), optional)
            })
        };
        bound.map_err(|error| Error::Bind(error.to_string()))
    }

    /// An endpoint that asks no service for addresses.
    fn without_lookup() -> Builder {
        Endpoint::builder(presets::Minimal)
    }

    pub(in crate::endpoint) use super::nearby::look_nearby;

    /// The sockets, with the port that each was given.
    pub(in crate::endpoint) fn bound_sockets(endpoint: &Endpoint) -> Vec<SocketAddr> {
        endpoint.bound_sockets()
    }

    /// Does work that takes long or waits for a lock; other tasks go on meanwhile, as far as the
    /// runtime has threads.
    pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
        use tokio::runtime::{Handle, RuntimeFlavor};
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
            Ok(_) | Err(_) => work(),
        }
    }
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod this {
    use std::net::SocketAddr;

    use iroh::Endpoint;
    use iroh::endpoint::{Builder, presets};

    use crate::endpoint::Mode;
    use crate::error::Error;

    /// A browser has no sockets: relays only.
    pub(in crate::endpoint) fn builder(mode: &Mode, _port: u16) -> Result<Builder, Error> {
        Ok(match mode {
            Mode::Default => Endpoint::builder(presets::N0),
            Mode::OwnRelay(_) | Mode::LanOnly | Mode::Loopback => without_lookup(),
        })
    }

    /// An endpoint that asks no service for addresses.
    fn without_lookup() -> Builder {
        Endpoint::builder(presets::Minimal)
    }

    /// A browser hears nothing of the local network.
    pub(in crate::endpoint) fn look_nearby(_endpoint: &Endpoint) {}

    /// None.
    pub(in crate::endpoint) fn bound_sockets(_endpoint: &Endpoint) -> Vec<SocketAddr> {
        Vec::new()
    }

    /// Does the work: there is one thread.
    pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
}

//! `goodword sample`: a made-up network as a file, for tours, tests and benchmarks.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::context::Context;
use crate::error::CliError;
use crate::sample::{self, Network};

/// Writes a made-up network as LinkedIn's Connections.csv
///
///   goodword sample Connections.csv
///   goodword sample --people 10000 --seed 3 > many.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, hide = true)]
pub struct Sample {
    /// The file to write [default: standard output]
    file: Option<PathBuf>,

    /// How many people
    #[arg(long, value_name = "N", default_value_t = sample::PEOPLE)]
    people: u32,

    /// Another number makes other people
    #[arg(long, value_name = "S", default_value_t = sample::SEED)]
    seed: u64,

    /// The same network some time later: some people have moved to another company
    #[arg(long)]
    later: bool,
}

impl Sample {
    /// Writes the file.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let network = Network::new(self.people, self.seed, self.later);
        let Some(path) = &self.file else {
            let mut out = BufWriter::new(io::stdout().lock());
            network.write_csv(&mut out)?;
            return Ok(out.flush()?);
        };
        write_to(&network, path).map_err(|error| {
            CliError::failed(format!("cannot write `{}`: {error}", path.display()))
        })?;
        let (people, companies) = (self.people, network.companies());
        let written = Written { file: path.display().to_string(), people, companies };
        context.output.answer(&written, || {
            format!("{}: {people} made-up people at {companies} companies.\n", path.display())
        })
    }
}

/// What was written, for `--json`.
#[derive(serde::Serialize)]
struct Written {
    file: String,
    people: u32,
    companies: usize,
}

/// Writes the network to the file at `path`, replacing what was there.
pub fn write_to(network: &Network, path: &std::path::Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    network.write_csv(&mut out)?;
    out.flush()
}

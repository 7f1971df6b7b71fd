//! `ls`: people by name, filtered.

use clap::Args;
use goodword_core::model::Tier;
use goodword_core::query::{People, PeopleList};
use goodword_core::store::Reader;

use crate::context::Context;
use crate::error::CliError;
use crate::people;
use crate::watch::watch;

/// Lists people by name
///
///   goodword ls
///   goodword ls --company Sakumi
///   goodword ls --tier inner --tag pharma
///   goodword ls --untriaged --limit 0
///   goodword ls --watch                   shows it again whenever it has changed
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Ls {
    /// Only people at this company; legal form, case and accents do not matter
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// Only people with this tag
    #[arg(long, value_name = "WORD")]
    tag: Option<String>,

    /// Only people in this tier: inner, active, network, not-now
    #[arg(long, value_name = "WORD", conflicts_with = "untriaged")]
    tier: Option<Tier>,

    /// Only people without a tier
    #[arg(long)]
    untriaged: bool,

    /// At most so many; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,

    /// Shows the list again whenever it has changed, until Ctrl-C; needs the daemon
    #[arg(long)]
    watch: bool,
}

impl Ls {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.watch {
            return watch(
                context,
                || self.ask(&context.read()?),
                |list| {
                    let today = context.now(&context.read()?)?.today;
                    Ok(people::draw(list, &context.output.screen(today)))
                },
            );
        }
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let list = self.ask(&reader)?;
        let screen = context.output.screen(now.today);
        context.output.long_answer(&list, || people::draw(&list, &screen))
    }

    fn ask(&self, reader: &Reader) -> Result<PeopleList, CliError> {
        Ok(reader.ask(&People {
            company: self.company.clone(),
            tag: self.tag.clone(),
            tier: self.tier,
            untriaged: self.untriaged,
            limit: self.limit,
        })?)
    }
}

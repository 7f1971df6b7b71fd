//! `ls`: people by name, filtered.

use clap::Args;
use goodword_core::model::Tier;
use goodword_core::query::People;

use crate::context::Context;
use crate::error::CliError;
use crate::people;

/// Lists people by name
///
///   goodword ls
///   goodword ls --company Sakumi
///   goodword ls --tier inner --tag pharma
///   goodword ls --untriaged --limit 0
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
}

impl Ls {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let list = reader.ask(&People {
            company: self.company.clone(),
            tag: self.tag.clone(),
            tier: self.tier,
            untriaged: self.untriaged,
            limit: self.limit,
        })?;
        let screen = context.output.screen(now.today);
        context.output.long_answer(&list, || people::draw(&list, &screen))
    }
}

//! Who waits to be sorted, those at target companies first.

use std::collections::BTreeMap;

use goodword_core::query::{Companies, People, PersonLine};
use goodword_core::store::Reader;
use goodword_core::text::company_key;
use goodword_core::view::{CompanyRow, PersonRow};

use crate::error::CliError;

/// Those who wait, in the order in which they are asked about.
pub struct Queue {
    /// People without a tier.
    pub waiting: Vec<PersonLine>,
    /// Targets with their rank, by normalised name.
    targets: BTreeMap<String, (usize, CompanyRow)>,
}

impl Queue {
    /// Asks who waits, at one company or with one tag if given.
    pub fn ask(reader: &Reader, company: Option<&str>, tag: Option<&str>) -> Result<Self, CliError> {
        let mut waiting = reader
            .ask(&People {
                company: company.map(str::to_owned),
                tag: tag.map(str::to_owned),
                tier: None,
                untriaged: true,
                limit: 0,
            })?
            .people;
        let ranked = reader.ask(&Companies { targets: true, limit: 0 })?;
        let targets = ranked
            .into_iter()
            .enumerate()
            .map(|(rank, line)| (company_key(&line.company.name), (rank, line.company)))
            .collect();
        let mut queue = Self { waiting: Vec::new(), targets };
        // Stable: by name within a company and among the others.
        waiting.sort_by_key(|line| queue.rank(&line.person));
        queue.waiting = waiting;
        Ok(queue)
    }

    /// The target that somebody works at.
    pub fn target(&self, person: &PersonRow) -> Option<&CompanyRow> {
        let key = company_key(person.company.as_deref()?);
        self.targets.get(&key).map(|(_, company)| company)
    }

    fn rank(&self, person: &PersonRow) -> usize {
        let key = person.company.as_deref().map(company_key);
        let target = key.and_then(|key| self.targets.get(&key));
        target.map_or(usize::MAX, |(rank, _)| *rank)
    }
}

/// How many people have no tier.
pub fn untriaged(reader: &Reader) -> Result<u64, CliError> {
    let question = People { untriaged: true, limit: 1, ..People::default() };
    Ok(reader.ask(&question)?.total)
}

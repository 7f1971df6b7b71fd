//! Answers that come from logs and documents rather than from views alone.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::Error;
use super::reader::Reader;
use super::writing::UNDO_VERB;
use crate::document::history_line;
use crate::id::{DeviceId, DocumentId, RecordId};
use crate::model::Kind;
use crate::query::{
    DeviceLine, Devices, ForkedDevice, History, HistoryLine, Operation, Operations, Question,
    RefusedOf, Status, StatusReport,
};
use crate::roster::Role;
use crate::space::Space;
use crate::store::UserError;
use crate::store::schema::RefusedRow;
use crate::view::key::{Key, tag};
use crate::view::{InteractionRow, PersonRow};

impl Question for Operations {
    const NAME: &'static str = "operations";

    type Answer = Vec<Operation>;

    fn answer(&self, store: &Reader) -> Result<Vec<Operation>, Error> {
        store.require_book()?;
        let mut operations = Vec::new();
        for (command, row) in store.operations(self.limit)? {
            let mut names = Vec::new();
            for record in &row.records {
                names.extend(name(store, record)?);
            }
            names.dedup();
            operations.push(Operation {
                command,
                device: row.device,
                device_name: device_name(store, &row.device)?,
                verb: row
                    .verb
                    .split(UNDO_VERB)
                    .next()
                    .filter(|v| !v.is_empty())
                    .map_or_else(|| UNDO_VERB.trim_end_matches(':').to_owned(), str::to_owned),
                millis: command.millis(),
                documents: row.documents,
                names,
                undoes: row.undoes,
                undone: store.is_undone(&command)?,
            });
        }
        Ok(operations)
    }
}

impl Question for History {
    const NAME: &'static str = "history";

    type Answer = Vec<HistoryLine>;

    fn answer(&self, store: &Reader) -> Result<Vec<HistoryLine>, Error> {
        let book = store.require_book()?;
        let logs: BTreeMap<u32, DeviceId> =
            store.logs()?.into_iter().map(|(number, row)| (number, row.device)).collect();
        let mut lines = Vec::new();
        for space in Space::ALL {
            for kind in Kind::ALL {
                let id = DocumentId::derive(&space.id(&book), &self.record, kind.number());
                let Some(row) = store.document_row(&id)? else { continue };
                let Some(document) = store.document(&id)? else { continue };
                for place in store.carriers(row.number)? {
                    let Some(item) = store.item(place)? else {
                        continue;
                    };
                    let Some(device) = logs.get(&place.0) else {
                        continue;
                    };
                    for chunk in &item.chunks {
                        let Some(told) = history_line(&document, chunk) else {
                            continue;
                        };
                        let millis = Timestamp::from_second(told.seconds)
                            .map_or(0, |at| at.as_millisecond());
                        let verb = told.verb.split(':').next().unwrap_or_default().to_owned();
                        lines.push(HistoryLine {
                            millis: u64::try_from(millis).unwrap_or(0),
                            device: *device,
                            device_name: device_name(store, device)?,
                            verb,
                            space: space.name().to_owned(),
                            fields: told.fields,
                        });
                    }
                }
            }
        }
        if lines.is_empty() {
            return Err(UserError::NoRecord(self.record.to_string()).into());
        }
        lines.sort_by_key(|line| (line.millis, line.device));
        Ok(lines)
    }
}

impl Question for Devices {
    const NAME: &'static str = "devices";

    type Answer = Vec<DeviceLine>;

    fn answer(&self, store: &Reader) -> Result<Vec<DeviceLine>, Error> {
        store.require_book()?;
        let here = store.device()?;
        let met: BTreeMap<DeviceId, u64> = store.met()?.into_iter().collect();
        let levels: BTreeMap<DeviceId, u64> = store.levels()?.into_iter().collect();
        let admitted = store.admitted()?;
        let mut entries: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for (device, held) in store.entries_by_device()? {
            *entries.entry(device).or_default() += held;
        }
        let authority = store.who_may()?.ok_or(UserError::NoBook)?;
        let copied = store.copied()?.map(|copied| copied.at);
        let forks = forks(store)?;
        let mut lines = Vec::new();
        for (device, standing) in &authority.devices {
            lines.push(DeviceLine {
                device: *device,
                name: device_name(store, device)?,
                here: *device == here,
                role: match standing.role {
                    Role::Owner => "owner",
                    Role::Mentor => "mentor",
                    Role::Viewer => "viewer",
                }
                .to_owned(),
                removed: standing.removed.is_some(),
                last_met: met.get(device).copied(),
                waiting: levels.get(device).map(|level| admitted.saturating_sub(*level)),
                entries: entries.get(device).copied().unwrap_or(0),
                copied: copied.filter(|_| *device == here),
                forked: forks.get(device).copied(),
            });
        }
        lines.sort_by_key(|line| (!line.here, line.name.clone(), line.device));
        Ok(lines)
    }
}

impl Question for Status {
    const NAME: &'static str = "status";

    type Answer = StatusReport;

    fn answer(&self, store: &Reader) -> Result<StatusReport, Error> {
        store.require_book()?;
        let (documents, entries, logs) = store.size()?;
        let refused = store.refused()?;
        let stuck = refused.iter().filter(|row| row.stuck).count() as u64;
        let authority = store.who_may()?.ok_or(UserError::NoBook)?;
        let mut forked = Vec::new();
        for (device, since) in forks(store)? {
            if authority.active(&device).is_some() {
                let name = device_name(store, &device)?;
                forked.push(ForkedDevice { device, name, since });
            }
        }
        let people: Option<i64> = store.row(&Key::new(tag::COUNT).text("people").done())?;
        Ok(StatusReport {
            people: u64::try_from(people.unwrap_or(0)).unwrap_or(0),
            documents,
            entries,
            logs,
            pending: store.pending()?.len() as u64,
            behind: store.behind()?,
            inadmissible: refused.len() as u64 - stuck,
            stuck,
            refused: refused_of(store, &refused)?,
            store_bytes: 0,
            copied: store.copied()?,
            forked,
        })
    }
}

/// Devices with forked logs, and when the first entry beside another was written.
fn forks(store: &Reader) -> Result<BTreeMap<DeviceId, u64>, Error> {
    let branches = store.branch_rows()?;
    let mut devices = BTreeMap::new();
    for (number, row) in store.logs()?.iter().filter(|_| !branches.is_empty()) {
        let Some(branch) = branches.get(number) else { continue };
        let Some(entry) = store.entry(*number, branch.from)? else { continue };
        let since = entry.header().command.millis();
        let first: &mut u64 = devices.entry(row.device).or_insert(since);
        *first = (*first).min(since);
    }
    Ok(devices)
}

/// Refused changes, by who signed them.
fn refused_of(store: &Reader, rows: &[RefusedRow]) -> Result<Vec<RefusedOf>, Error> {
    let mut counts: BTreeMap<DeviceId, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (inadmissible, stuck) = counts.entry(row.signer).or_default();
        *if row.stuck { stuck } else { inadmissible } += 1;
    }
    let of = |(device, (inadmissible, stuck))| {
        Ok(RefusedOf { device, name: device_name(store, &device)?, inadmissible, stuck })
    };
    counts.into_iter().map(of).collect()
}

pub(super) fn device_name(store: &Reader, device: &DeviceId) -> Result<Option<String>, Error> {
    store.row(&Key::new(tag::DEVICE).text(&device.to_string()).done())
}

/// What a record is called, if it is one that has a name.
pub(super) fn name(store: &Reader, record: &RecordId) -> Result<Option<String>, Error> {
    let person: Option<PersonRow> = store.row(&Key::new(tag::PERSON).record(record).done())?;
    if let Some(person) = person {
        return Ok(Some(person.name));
    }
    let meeting: Option<InteractionRow> =
        store.row(&Key::new(tag::MEETING).record(record).done())?;
    Ok(meeting.map(|meeting| format!("{} people", meeting.people.len())))
}

//! From what a user means to edits of documents: one function per kind of change.

mod import;
mod matching;

use std::collections::BTreeSet;

use super::apply::Command;
use super::error::{Error, UserError};
use crate::change::{Change, Outcome};
use crate::document::{Edit, Map, Scalar, State};
use crate::hash;
use crate::id::{DeviceId, RecordId};
use crate::limits;
use crate::model::{
    CompanyEdit, Kind, MOTIVATION_MAX, NewInteraction, NewPerson, Next, POSTING_MAX, PersonEdit,
    ProfileField, Reach, ReachKind, Stub,
};
use crate::space::Space;
use crate::text;
use crate::view::project::next_step;

/// Plans one change into a command under way.
pub(super) struct Planner<'p, 's, 't> {
    command: &'p mut Command<'s, 't>,
    /// Records that this command made.
    made: BTreeSet<RecordId>,
}

impl<'p, 's, 't> Planner<'p, 's, 't> {
    pub(super) fn new(command: &'p mut Command<'s, 't>) -> Self {
        Self { command, made: BTreeSet::new() }
    }

    pub(super) fn carry_out(&mut self, change: &Change) -> Result<Outcome, Error> {
        match change {
            Change::Profile(fields) => self.profile(fields),
            Change::AddPerson(person) => self.add_person(person),
            Change::EditPeople { people, edits } => self.edit_people(people, edits),
            Change::Log(interaction) => self.log(interaction),
            Change::EditInteraction { record, interaction, text, on, deleted } => {
                let on = on.map(|on| on.to_string());
                self.edit_interaction(*record, *interaction, text.as_deref(), on, *deleted)
            }
            Change::EditCompany { name, edits } => self.edit_company(name, edits),
            Change::Import(import) => self.import(import),
            Change::Undo { command } => self.command.undo(command),
            Change::NameDevice { device, name } => {
                let edit = self.device_name(device, name)?;
                let record = self.command.profile_record();
                self.command.touch(Space::Private, record, Kind::Profile, &[edit])?;
                Ok(Outcome::default())
            }
            Change::Erase { records } => self.command.erase(records),
            Change::Refound { records } => self.command.refound(records),
            Change::DropLate => self.command.drop_late(),
            Change::Recovery { .. } => Err(UserError::NotRecovery.into()),
        }
    }

    /// The secret under which source keys become ids.
    pub(super) fn book_secret(&self) -> Result<[u8; 32], Error> {
        self.secret()
    }

    /// The edit of the private profile that names a device.
    pub(super) fn device_name(&self, device: &DeviceId, name: &str) -> Result<Edit, Error> {
        within("device name", name, limits::NAME_BYTES_MAX)?;
        Ok(Edit::set(Map::Fields, format!("device.{device}"), name))
    }

    fn profile(&mut self, fields: &[(ProfileField, String)]) -> Result<Outcome, Error> {
        let mut edits = Vec::with_capacity(fields.len());
        for (field, value) in fields {
            within(field.word(), value, limits::NAME_BYTES_MAX)?;
            if let ProfileField::KeepWarmInner
            | ProfileField::KeepWarmActive
            | ProfileField::KeepWarmNetwork = field
            {
                let days = value.parse::<i64>().unwrap_or(0);
                in_range("days between contacts", days, 1, 3650)?;
            }
            let value = Some(value.as_str()).filter(|value| !value.is_empty());
            edits.push(Edit::text(Map::Fields, field.word(), value));
        }
        let record = self.command.profile_record();
        self.command.touch(Space::Pipeline, record, Kind::Profile, &edits)?;
        Ok(Outcome { changed: vec![record], ..Outcome::default() })
    }

    fn add_person(&mut self, person: &NewPerson) -> Result<Outcome, Error> {
        let record = self.command.new_record();
        let mut edits = vec![PersonEdit::Name(person.name.clone())];
        edits.extend(person.edits.iter().cloned());
        self.edit_person(record, &edits)?;
        Ok(Outcome { created: vec![record], ..Outcome::default() })
    }

    fn edit_people(&mut self, people: &[RecordId], edits: &[PersonEdit]) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        for record in people {
            self.require_person(record)?;
            if self.edit_person(*record, edits)? {
                outcome.changed.push(*record);
            }
        }
        Ok(outcome)
    }

    /// Edits a person's documents; true if something differed.
    fn edit_person(&mut self, record: RecordId, edits: &[PersonEdit]) -> Result<bool, Error> {
        let mut parts = Parts::default();
        for edit in edits {
            self.person_edit(edit, &mut parts)?;
        }
        self.touch_parts(record, &parts)
    }

    fn touch_parts(&mut self, record: RecordId, parts: &Parts) -> Result<bool, Error> {
        let mut changed = false;
        for (space, edits) in [
            (Space::Pipeline, &parts.pipeline),
            (Space::Details, &parts.details),
            (Space::Private, &parts.private),
        ] {
            changed |= self.command.touch(space, record, Kind::Person, edits)?;
        }
        Ok(changed)
    }

    fn person_edit(&mut self, edit: &PersonEdit, parts: &mut Parts) -> Result<(), Error> {
        let field = |key: &str, value: &Option<String>| {
            let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty());
            Edit::text(Map::Fields, key, value)
        };
        let short = |what: &'static str, value: &Option<String>| match value {
            Some(value) => within(what, value, limits::NAME_BYTES_MAX),
            None => Ok(()),
        };
        match edit {
            PersonEdit::Name(name) => {
                let name = required("name", name)?;
                parts.pipeline.push(Edit::set(Map::Fields, "name", name));
            }
            PersonEdit::Given(value) => {
                short("given name", value)?;
                parts.pipeline.push(field("given", value));
            }
            PersonEdit::Family(value) => {
                short("family name", value)?;
                parts.pipeline.push(field("family", value));
            }
            PersonEdit::Company(value) => {
                short("company", value)?;
                parts.pipeline.push(field("company", value));
            }
            PersonEdit::Title(value) => {
                short("title", value)?;
                parts.pipeline.push(field("title", value));
            }
            PersonEdit::Tier(tier) => {
                let word = tier.map(|tier| tier.word());
                parts.pipeline.push(Edit::text(Map::Fields, "tier", word));
            }
            PersonEdit::Next(next) => parts.pipeline.extend(next_edits(next.as_ref())?),
            PersonEdit::IntroducedBy(by) => {
                let key = by.map(|by| by.key());
                parts.pipeline.push(Edit::text(Map::Fields, "introduced_by", key.as_deref()));
            }
            PersonEdit::Tag(tag) => {
                let tag = required("tag", tag)?;
                parts.pipeline.push(Edit::set(Map::Tags, tag, true));
            }
            PersonEdit::Untag(tag) => parts.pipeline.push(Edit::set(Map::Tags, tag.trim(), false)),
            PersonEdit::AddReach(reach) => parts.details.extend(reach_edits(reach)?),
            PersonEdit::RemoveReach { kind, value } => {
                let id = reach_id(*kind, value);
                parts.details.push(Edit::set(Map::Reach, format!("{id}/gone"), true));
            }
            PersonEdit::Birthday(value) => {
                short("birthday", value)?;
                parts.details.push(field("birthday", value));
            }
            PersonEdit::Note(note) => parts.pipeline.extend(self.note(note)?),
            PersonEdit::PrivateNote(note) => parts.private.extend(self.note(note)?),
            PersonEdit::Deleted(deleted) => {
                let edit = Edit::set(Map::Fields, "deleted", *deleted);
                parts.pipeline.push(edit);
            }
        }
        Ok(())
    }

    fn note(&mut self, text: &str) -> Result<Vec<Edit>, Error> {
        within("note", text, limits::TEXT_BYTES_MAX)?;
        let text = required_text("note", text)?;
        let id = self.command.new_record().key();
        Ok(vec![
            Edit::set(Map::Notes, format!("{id}/text"), text),
            Edit::set(Map::Notes, format!("{id}/on"), self.command.now.today.to_string()),
        ])
    }

    fn require_person(&mut self, record: &RecordId) -> Result<State, Error> {
        let state = self.command.writing.state(Space::Pipeline, *record, Kind::Person)?;
        if state.is_empty() {
            return Err(UserError::NoRecord(record.to_string()).into());
        }
        Ok(state)
    }

    fn log(&mut self, logged: &NewInteraction) -> Result<Outcome, Error> {
        within("text", &logged.text, limits::TEXT_BYTES_MAX)?;
        let people: BTreeSet<RecordId> = logged.people.iter().copied().collect();
        if people.len() > limits::PEOPLE_PER_MEETING_MAX {
            let (count, limit) = (people.len(), limits::PEOPLE_PER_MEETING_MAX);
            return Err(UserError::TooMany { what: "people".into(), count, limit }.into());
        }
        let first =
            logged.people.first().ok_or(UserError::Empty { what: "list of people".into() })?;
        let mut outcome = Outcome::default();
        let interaction = self.command.new_record();
        outcome.interaction = Some(interaction);
        let facts = interaction_facts(logged);
        if people.len() == 1 {
            let mut parts = Parts::default();
            let state = self.require_person(first)?;
            let key = interaction.key();
            for (field, value) in facts {
                let key = format!("{key}/{field}");
                parts.pipeline.push(Edit { map: Map::Interactions, key, value: Some(value) });
            }
            parts.pipeline.extend(self.next_after(&state, logged)?);
            self.private_note(logged, &mut parts)?;
            self.touch_parts(*first, &parts)?;
            outcome.changed.push(*first);
        } else {
            let mut edits: Vec<Edit> = facts
                .into_iter()
                .map(|(field, value)| Edit {
                    map: Map::Fields,
                    key: field.to_owned(),
                    value: Some(value),
                })
                .collect();
            for person in &people {
                edits.push(Edit::set(Map::People, format!("{}/with", person.key()), true));
            }
            self.command.touch(Space::Pipeline, interaction, Kind::Meeting, &edits)?;
            for person in &logged.people {
                let state = self.require_person(person)?;
                let mut parts = Parts::default();
                if person == first {
                    parts.pipeline = self.next_after(&state, logged)?;
                    self.private_note(logged, &mut parts)?;
                } else if is_due(&state, self.command.now.today) {
                    parts.pipeline = next_edits(None)?;
                }
                self.touch_parts(*person, &parts)?;
                outcome.changed.push(*person);
            }
        }
        for stub in &logged.introduces {
            self.introduce(stub, *first, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn private_note(&mut self, logged: &NewInteraction, parts: &mut Parts) -> Result<(), Error> {
        if let Some(text) = &logged.private_text {
            parts.private.extend(self.note(text)?);
        }
        Ok(())
    }

    /// A contact settles a next step that is due; a new one replaces any.
    fn next_after(&self, state: &State, logged: &NewInteraction) -> Result<Vec<Edit>, Error> {
        match &logged.next {
            Some(next) => next_edits(Some(next)),
            None if is_due(state, self.command.now.today) => next_edits(None),
            None => Ok(Vec::new()),
        }
    }

    /// A person named in a talk: known already, or a stub.
    fn introduce(&mut self, stub: &Stub, by: RecordId, outcome: &mut Outcome) -> Result<(), Error> {
        let known = self.same_name(&stub.name, stub.company.as_deref())?;
        if let Some(known) = known.filter(|known| *known != by) {
            let state = self.require_person(&known)?;
            if state.text(Map::Fields, "introduced_by").is_none() {
                self.edit_person(known, &[PersonEdit::IntroducedBy(Some(by))])?;
            }
            outcome.changed.push(known);
            return Ok(());
        }
        let record = self.command.new_record();
        let edits = [
            PersonEdit::Name(stub.name.clone()),
            PersonEdit::Company(stub.company.clone()),
            PersonEdit::IntroducedBy(Some(by)),
        ];
        self.edit_person(record, &edits)?;
        outcome.created.push(record);
        Ok(())
    }

    fn edit_interaction(
        &mut self,
        record: RecordId,
        interaction: RecordId,
        text: Option<&str>,
        on: Option<String>,
        deleted: Option<bool>,
    ) -> Result<Outcome, Error> {
        if let Some(text) = text {
            within("text", text, limits::TEXT_BYTES_MAX)?;
        }
        let is_meeting = record == interaction;
        let (map, kind, prefix) = if is_meeting {
            (Map::Fields, Kind::Meeting, String::new())
        } else {
            (Map::Interactions, Kind::Person, format!("{}/", interaction.key()))
        };
        let state = self.command.writing.state(Space::Pipeline, record, kind)?;
        if state.get(map, &format!("{prefix}on")).is_none() {
            return Err(UserError::NoRecord(interaction.to_string()).into());
        }
        let mut edits = Vec::new();
        if let Some(text) = text {
            edits.push(Edit::set(map, format!("{prefix}text"), text));
        }
        if let Some(on) = on {
            edits.push(Edit::set(map, format!("{prefix}on"), on));
        }
        if let Some(deleted) = deleted {
            edits.push(Edit::set(map, format!("{prefix}deleted"), deleted));
        }
        self.command.touch(Space::Pipeline, record, kind, &edits)?;
        Ok(Outcome { changed: vec![record], ..Outcome::default() })
    }

    fn edit_company(&mut self, name: &str, edits: &[CompanyEdit]) -> Result<Outcome, Error> {
        let name = required("company", name)?;
        let key = text::company_key(name);
        let secret = self.secret()?;
        let record = RecordId::derived(&secret, &format!("company:{key}"), 0);
        let state = self.command.writing.state(Space::Pipeline, record, Kind::Company)?;
        let is_new = state.text(Map::Fields, "name").is_none();
        let (mut shared, mut private) = (Vec::new(), Vec::new());
        if is_new {
            shared.push(Edit::set(Map::Fields, "name", name));
        }
        for edit in edits {
            match edit {
                CompanyEdit::Target(is) => shared.push(Edit::set(Map::Fields, "target", *is)),
                CompanyEdit::Motivation(value) => {
                    shared.push(score("motivation", *value, 1, MOTIVATION_MAX)?);
                }
                CompanyEdit::Posting(value) => {
                    shared.push(score("posting", *value, 0, POSTING_MAX)?);
                }
                CompanyEdit::Note(note) => shared.extend(self.note(note)?),
                CompanyEdit::PrivateNote(note) => {
                    private.push(Edit::set(Map::Fields, "name", name));
                    private.extend(self.note(note)?);
                }
            }
        }
        self.command.touch(Space::Pipeline, record, Kind::Company, &shared)?;
        self.command.touch(Space::Private, record, Kind::Company, &private)?;
        let mut outcome = Outcome::default();
        if is_new {
            outcome.created.push(record)
        } else {
            outcome.changed.push(record)
        }
        Ok(outcome)
    }
}

/// Edits of a person, by the space that each belongs to.
#[derive(Default)]
struct Parts {
    pipeline: Vec<Edit>,
    details: Vec<Edit>,
    private: Vec<Edit>,
}

fn interaction_facts(logged: &NewInteraction) -> Vec<(String, Scalar)> {
    let mut facts = vec![
        ("on".to_owned(), Scalar::from(logged.on.to_string())),
        ("channel".to_owned(), Scalar::from(logged.channel.word())),
    ];
    if !logged.text.trim().is_empty() {
        facts.push(("text".to_owned(), Scalar::from(logged.text.trim())));
    }
    facts.extend(logged.got.iter().map(|got| (format!("got.{got}"), Scalar::Bool(true))));
    facts
}

fn is_due(state: &State, today: jiff::civil::Date) -> bool {
    next_step(state).is_some_and(|next| next.on <= today)
}

fn next_edits(next: Option<&Next>) -> Result<Vec<Edit>, Error> {
    let on = next.map(|next| next.on.to_string());
    let why = next.map(|next| next.why.trim()).filter(|why| !why.is_empty());
    if let Some(why) = why {
        within("reason", why, limits::NAME_BYTES_MAX)?;
    }
    Ok(vec![
        Edit::text(Map::Fields, "next_on", on.as_deref()),
        Edit::text(Map::Fields, "next_why", why),
    ])
}

/// The id of a contact detail inside its document: equal values written apart are one.
fn reach_id(kind: ReachKind, value: &str) -> String {
    let folded = match kind {
        ReachKind::Email | ReachKind::Link => text::fold(value.trim()),
        ReachKind::Phone => value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        ReachKind::Address => value.trim().to_owned(),
    };
    inner_id(&[kind.word().as_bytes(), b"\0", folded.as_bytes()])
}

/// A short id derived from what it names: 80 bits in base32hex.
fn inner_id(parts: &[&[u8]]) -> String {
    let whole = hash::derive(hash::INNER, parts);
    data_encoding::BASE32HEX_NOPAD.encode(&whole[..10]).to_ascii_lowercase()
}

fn reach_edits(reach: &Reach) -> Result<Vec<Edit>, Error> {
    let value = required_value(reach.kind.word(), &reach.entry.value)?;
    within("label", &reach.entry.label, limits::NAME_BYTES_MAX)?;
    let id = reach_id(reach.kind, value);
    let mut edits = vec![
        Edit::set(Map::Reach, format!("{id}/kind"), reach.kind.word()),
        Edit::set(Map::Reach, format!("{id}/value"), value),
        Edit::text(Map::Reach, format!("{id}/gone"), None),
    ];
    if !reach.entry.label.is_empty() {
        edits.push(Edit::set(Map::Reach, format!("{id}/label"), reach.entry.label.as_str()));
    }
    Ok(edits)
}

fn score(what: &'static str, value: Option<u8>, low: u8, high: u8) -> Result<Edit, Error> {
    if let Some(value) = value {
        in_range(what, value.into(), low.into(), high.into())?;
    }
    let value = value.map(|value| Scalar::Int(value.into()));
    Ok(Edit { map: Map::Fields, key: what.to_owned(), value })
}

fn in_range(what: &'static str, value: i64, low: i64, high: i64) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(UserError::OutOfRange { what: what.into(), value, low, high }.into())
    }
}

fn required<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    within(what, text, limits::NAME_BYTES_MAX)?;
    required_text(what, text)
}

fn required_value<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    within(what, text, limits::VALUE_BYTES_MAX)?;
    required_text(what, text)
}

fn required_text<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.trim();
    if text.is_empty() { Err(UserError::Empty { what: what.into() }.into()) } else { Ok(text) }
}

fn within(what: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    if text.len() <= limit {
        Ok(())
    } else {
        Err(UserError::TooLong { what: what.into(), bytes: text.len(), limit }.into())
    }
}

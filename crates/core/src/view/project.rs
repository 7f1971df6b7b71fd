//! From a document's state to its rows and words: a pure function of one document.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::key::{Key, tag};
use super::rows::{Also, CompanyRow, DetailsRow, InteractionRow, NoteRow, PersonRow, PrivateRow};
use crate::document::{Map, State, Values};
use crate::id::RecordId;
use crate::model::{Channel, Kind, Labelled, Next, Profile, Reach, ReachKind, Yield};
use crate::space::Space;
use crate::text;

/// Where a word was found; names come before everything else in answers.
pub(crate) mod class {
    pub(crate) const NAME: u8 = 0;
    pub(crate) const WORK: u8 = 1;
    pub(crate) const DETAILS: u8 = 2;
    pub(crate) const NOTES: u8 = 3;
    pub(crate) const PRIVATE: u8 = 4;
    /// Words of a meeting, under the meeting's own number.
    pub(crate) const MEETING: u8 = 5;
}

/// What one document contributes to the views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) words: BTreeSet<(u8, String)>,
    /// People whose due rows have to be looked at again.
    pub(crate) people: BTreeSet<RecordId>,
}

impl Projection {
    fn row(&mut self, key: Key, value: &impl serde::Serialize) {
        let value = postcard::to_allocvec(value).expect("BUG: a row always encodes");
        self.rows.insert(key.done(), value);
    }

    fn mark(&mut self, key: Key) {
        self.rows.insert(key.done(), Vec::new());
    }

    fn words(&mut self, class: u8, text: &str) {
        self.words.extend(text::words(text).map(|word| (class, word)));
    }
}

/// Computes the rows and words of a document before a change and after it, as far as they differ.
///
/// Conversations that did not change are in neither: a person's hundredth costs what the first did.
pub(crate) fn project_change(
    space: Space,
    record: RecordId,
    kind: Kind,
    before: &State,
    after: &State,
) -> (Projection, Projection) {
    let mut alike = BTreeSet::new();
    if kind == Kind::Person && space == Space::Pipeline && !is_hidden(before) && !is_hidden(after) {
        let old = before.groups(Map::Interactions);
        let new = after.groups(Map::Interactions);
        alike.extend(new.iter().filter(|(key, group)| old.get(*key) == Some(group)).map(|p| *p.0));
    }
    let both = |alike: &BTreeSet<&str>| {
        let of = |state| project_but(space, record, kind, state, alike);
        (of(before), of(after))
    };
    let (old, new) = both(&alike);
    if old.words.is_subset(&new.words) || alike.is_empty() {
        return (old, new);
    }
    // A word that is gone from one conversation may be in another.
    both(&BTreeSet::new())
}

/// Computes the rows and words of the document of `record` in `space`.
#[cfg(test)]
fn project(space: Space, record: RecordId, kind: Kind, state: &State) -> Projection {
    project_but(space, record, kind, state, &BTreeSet::new())
}

/// Whether nothing of a document is shown.
fn is_hidden(state: &State) -> bool {
    state.is_empty() || state.flag(Map::Fields, "deleted")
}

fn project_but(
    space: Space,
    record: RecordId,
    kind: Kind,
    state: &State,
    left_out: &BTreeSet<&str>,
) -> Projection {
    let mut out = Projection::default();
    if is_hidden(state) {
        if kind == Kind::Person {
            out.people.insert(record);
        }
        return out;
    }
    match (kind, space) {
        (Kind::Person, Space::Pipeline) => person(&mut out, record, state, left_out),
        (Kind::Person, Space::Details) => details(&mut out, record, state),
        (Kind::Person, Space::Private) => private(&mut out, record, state),
        (Kind::Meeting, Space::Pipeline) => meeting(&mut out, record, state),
        (Kind::Company, Space::Pipeline) => company(&mut out, record, state),
        (Kind::Company, Space::Private) => company_private(&mut out, record, state),
        (Kind::Profile, Space::Pipeline) => {
            out.row(Key::new(tag::PROFILE), &profile(state));
        }
        (Kind::Profile, Space::Private) => owner(&mut out, state),
        // Kinds and places that this program keeps and does not show.
        _ => {}
    }
    out
}

fn person(out: &mut Projection, record: RecordId, state: &State, left_out: &BTreeSet<&str>) {
    out.people.insert(record);
    for interaction in interactions(record, state, left_out) {
        let key = Key::new(tag::TIMELINE)
            .record(&record)
            .date(interaction.on)
            .record(&interaction.interaction);
        out.words(class::NOTES, &interaction.text);
        out.row(key, &interaction);
    }
    let Some(name) = state.text(Map::Fields, "name") else {
        return;
    };
    let field = |key: &str| state.text(Map::Fields, key).map(str::to_owned);
    let row = PersonRow {
        record,
        name: name.to_owned(),
        given: field("given"),
        family: field("family"),
        company: field("company"),
        title: field("title"),
        tier: parse(state, "tier"),
        next: next(state),
        introduced_by: field("introduced_by").and_then(|key| RecordId::from_key(&key)),
        tags: tags(state),
        connected_on: parse(state, "connected_on"),
        earlier: earlier(state),
        notes: notes(state),
        also: also(state, Map::Fields, ""),
    };
    out.words(class::NAME, name);
    for text in [&row.company, &row.title].into_iter().flatten() {
        out.words(class::WORK, text);
    }
    for tag in row.tags.iter().chain(&row.earlier) {
        out.words(class::WORK, tag);
    }
    for note in &row.notes {
        out.words(class::NOTES, &note.text);
    }
    out.mark(Key::new(tag::NAME).text(&text::fold(name)).record(&record));
    if let Some(company) = &row.company {
        out.mark(Key::new(tag::EMPLOYED).text(&text::company_key(company)).record(&record));
    }
    for name in &row.tags {
        out.mark(Key::new(tag::TAG).text(&text::fold(name)).record(&record));
    }
    if let Some(by) = &row.introduced_by {
        out.mark(Key::new(tag::INTRODUCED).record(by).record(&record));
    }
    out.row(Key::new(tag::PERSON).record(&record), &row);
}

fn next(state: &State) -> Option<Next> {
    let on = parse(state, "next_on")?;
    let why = state.text(Map::Fields, "next_why").unwrap_or_default().to_owned();
    Some(Next { on, why })
}

fn tags(state: &State) -> BTreeSet<String> {
    let set = state.entries(Map::Tags).filter(|(tag, _)| state.flag(Map::Tags, tag));
    set.map(|(tag, _)| tag.to_owned()).collect()
}

fn earlier(state: &State) -> BTreeSet<String> {
    let groups = state.groups(Map::Employers);
    groups.values().filter_map(|group| text_of(group, "company")).collect()
}

fn notes(state: &State) -> Vec<NoteRow> {
    let mut notes: Vec<NoteRow> = state
        .groups(Map::Notes)
        .values()
        .filter_map(|group| {
            let on = text_of(group, "on").and_then(|on| on.parse().ok());
            Some(NoteRow { on, text: text_of(group, "text")? })
        })
        .collect();
    notes.sort();
    notes
}

fn interactions(record: RecordId, state: &State, left_out: &BTreeSet<&str>) -> Vec<InteractionRow> {
    let mut rows = Vec::new();
    for (key, group) in state.groups(Map::Interactions) {
        if left_out.contains(key) {
            continue;
        }
        let Some(interaction) = RecordId::from_key(key) else {
            continue;
        };
        let deleted = group.get("deleted").is_some_and(|values| is_true(values));
        let Some(on) = text_of(&group, "on").and_then(|on| on.parse::<Date>().ok()) else {
            continue;
        };
        if deleted {
            continue;
        }
        rows.push(InteractionRow {
            record,
            interaction,
            people: BTreeSet::from([record]),
            on,
            channel: channel(text_of(&group, "channel")),
            text: text_of(&group, "text").unwrap_or_default(),
            got: got(|name| group.get(name).is_some_and(|values| is_true(values))),
            also: also(state, Map::Interactions, &format!("{key}/")),
        });
    }
    rows
}

fn meeting(out: &mut Projection, record: RecordId, state: &State) {
    let people: BTreeSet<RecordId> = state
        .groups(Map::People)
        .iter()
        .filter(|(_, group)| group.get("with").is_some_and(|values| is_true(values)))
        .filter_map(|(key, _)| RecordId::from_key(key))
        .collect();
    out.people.extend(&people);
    let Some(on) = parse::<Date>(state, "on") else {
        return;
    };
    let row = InteractionRow {
        record,
        interaction: record,
        people,
        on,
        channel: channel(state.text(Map::Fields, "channel").map(str::to_owned)),
        text: state.text(Map::Fields, "text").unwrap_or_default().to_owned(),
        got: got(|name| state.flag(Map::Fields, name)),
        also: also(state, Map::Fields, ""),
    };
    out.words(class::MEETING, &row.text);
    for person in &row.people {
        out.row(Key::new(tag::TIMELINE).record(person).date(on).record(&record), &row);
    }
    out.row(Key::new(tag::MEETING).record(&record), &row);
}

fn details(out: &mut Projection, record: RecordId, state: &State) {
    let mut row = DetailsRow {
        birthday: state.text(Map::Fields, "birthday").map(str::to_owned),
        also: also(state, Map::Fields, ""),
        ..DetailsRow::default()
    };
    for group in state.groups(Map::Reach).values() {
        let gone = group.get("gone").is_some_and(|values| is_true(values));
        let kind: Option<ReachKind> = text_of(group, "kind").and_then(|kind| kind.parse().ok());
        if let (false, Some(kind), Some(value)) = (gone, kind, text_of(group, "value")) {
            out.words(class::DETAILS, &value);
            out.mark(reach_key(kind, &value).record(&record));
            let label = text_of(group, "label").unwrap_or_default();
            row.reach.insert(Reach { kind, entry: Labelled { label, value } });
        }
    }
    for (source, group) in state.groups(Map::Sources) {
        let Some(seen) = text_of(&group, "seen") else {
            continue;
        };
        let source = source.replace("%2f", "/").replace("%25", "%");
        out.mark(Key::new(tag::SOURCE).text(&source).record(&record));
        row.sources.insert(source, seen);
    }
    row.extra = state
        .entries(Map::Extra)
        .filter_map(|(_, values)| values.shown.as_text().map(str::to_owned))
        .collect();
    out.row(Key::new(tag::DETAILS).record(&record), &row);
}

/// Beginning of the keys of everybody who has this contact detail.
pub(crate) fn reach_key(kind: ReachKind, value: &str) -> Key {
    let value = match kind {
        ReachKind::Phone => value.chars().filter(char::is_ascii_digit).collect(),
        ReachKind::Email | ReachKind::Address | ReachKind::Link => text::fold(value.trim()),
    };
    Key::new(tag::REACH).text(kind.word()).text(&value)
}

fn private(out: &mut Projection, record: RecordId, state: &State) {
    let row = PrivateRow { notes: notes(state) };
    for note in &row.notes {
        out.words(class::PRIVATE, &note.text);
    }
    out.row(Key::new(tag::PRIVATE).record(&record), &row);
}

fn company(out: &mut Projection, record: RecordId, state: &State) {
    let Some(name) = state.text(Map::Fields, "name") else {
        return;
    };
    let number = |key: &str| match state.get(Map::Fields, key).map(|values| &values.shown) {
        Some(crate::document::Scalar::Int(number)) => u8::try_from(*number).ok(),
        _ => None,
    };
    let row = CompanyRow {
        name: name.to_owned(),
        target: state.flag(Map::Fields, "target"),
        motivation: number("motivation"),
        posting: number("posting"),
        notes: notes(state),
        also: also(state, Map::Fields, ""),
    };
    out.row(Key::new(tag::COMPANY).text(&text::company_key(name)).record(&record), &row);
}

fn company_private(out: &mut Projection, record: RecordId, state: &State) {
    let Some(name) = state.text(Map::Fields, "name") else {
        return;
    };
    let row = PrivateRow { notes: notes(state) };
    let key = Key::new(tag::COMPANY_PRIVATE).text(&text::company_key(name));
    out.row(key.record(&record), &row);
}

fn profile(state: &State) -> Profile {
    let field = |key: &str| state.text(Map::Fields, key).unwrap_or_default().to_owned();
    let mut profile = Profile {
        name: field("name"),
        role: field("role"),
        looking_for: field("looking_for"),
        zone: field("zone"),
        ..Profile::default()
    };
    let cadence = &mut profile.keep_warm;
    for (key, days) in [
        ("keep_warm.inner", &mut cadence.inner),
        ("keep_warm.active", &mut cadence.active),
        ("keep_warm.network", &mut cadence.network),
    ] {
        if let Some(set) = parse(state, key) {
            *days = set;
        }
    }
    profile
}

fn owner(out: &mut Projection, state: &State) {
    if let Some(secret) = state.text(Map::Fields, "secret") {
        out.row(Key::new(tag::SECRET), &secret);
    }
    for (key, values) in state.entries(Map::Fields) {
        if let (Some(device), Some(name)) = (key.strip_prefix("device."), values.shown.as_text()) {
            out.row(Key::new(tag::DEVICE).text(device), &name);
        }
    }
}

fn got(is_set: impl Fn(&str) -> bool) -> BTreeSet<Yield> {
    Yield::ALL.iter().filter(|of| is_set(&format!("got.{of}"))).copied().collect()
}

fn channel(word: Option<String>) -> Channel {
    word.and_then(|word| word.parse().ok()).unwrap_or(Channel::Other)
}

fn is_true(values: &Values) -> bool {
    values.shown == crate::document::Scalar::Bool(true)
}

fn text_of(group: &BTreeMap<&str, &Values>, field: &str) -> Option<String> {
    group.get(field)?.shown.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn parse<T: std::str::FromStr>(state: &State, key: &str) -> Option<T> {
    state.text(Map::Fields, key)?.parse().ok()
}

/// Concurrent other values of the keys of `map` that begin with `prefix`.
fn also(state: &State, map: Map, prefix: &str) -> BTreeSet<Also> {
    let mut also = BTreeSet::new();
    for (key, values) in state.entries_under(map, prefix) {
        let field = key.strip_prefix(prefix).unwrap_or(key);
        for other in &values.others {
            also.insert(Also { field: field.to_owned(), value: other.display() });
        }
    }
    also
}

/// The next step of a person's state, for planning.
pub(crate) fn next_step(state: &State) -> Option<Next> {
    next(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Edit;

    const ADA: RecordId = RecordId([7; 16]);

    fn said(n: u8, text: &str) -> Vec<Edit> {
        let key = RecordId([n; 16]).key();
        vec![
            Edit::set(Map::Interactions, format!("{key}/on"), "2026-11-20"),
            Edit::set(Map::Interactions, format!("{key}/text"), text),
        ]
    }

    /// What a change rewrites, told by both ways of projecting.
    fn differences(before: &State, after: &State) -> [(Projection, Projection); 2] {
        let lean = project_change(Space::Pipeline, ADA, Kind::Person, before, after);
        let whole = |state| project(Space::Pipeline, ADA, Kind::Person, state);
        [lean, (whole(before), whole(after))].map(|(old, new)| {
            let rows = |of: &Projection, other: &Projection| {
                let differs =
                    |(key, value): &(&Vec<u8>, &Vec<u8>)| other.rows.get(*key) != Some(value);
                of.rows.iter().filter(differs).map(|(k, v)| (k.clone(), v.clone())).collect()
            };
            let part = |of: &Projection, other: &Projection| Projection {
                rows: rows(of, other),
                words: BTreeSet::new(),
                people: of.people.clone(),
            };
            (part(&old, &new), part(&new, &old))
        })
    }

    #[test]
    fn what_a_change_rewrites_does_not_depend_on_what_is_left_out() {
        let mut state = State::default();
        let steps: Vec<Vec<Edit>> = vec![
            vec![Edit::set(Map::Fields, "name", "Ada Rilo")],
            said(1, "coffee, hiring freeze"),
            said(2, "hiring again"),
            said(1, "coffee"),
            said(2, "called"),
            vec![Edit::set(Map::Fields, "deleted", true)],
            said(3, "while deleted"),
            vec![Edit::set(Map::Fields, "deleted", false)],
        ];
        for (step, edits) in steps.iter().enumerate() {
            let before = state.clone();
            edits.iter().for_each(|edit| state.note(edit));
            let [lean, whole] = differences(&before, &state);
            assert_eq!(lean, whole, "step {step}");
            // Words that come may be told of again, words that go are those that go.
            let (old, new) = project_change(Space::Pipeline, ADA, Kind::Person, &before, &state);
            let (all_old, all_new) = (
                project(Space::Pipeline, ADA, Kind::Person, &before).words,
                project(Space::Pipeline, ADA, Kind::Person, &state).words,
            );
            let gone: BTreeSet<_> = old.words.difference(&new.words).collect();
            assert_eq!(gone, all_old.difference(&all_new).collect(), "step {step}");
            let come: BTreeSet<_> = new.words.difference(&old.words).collect();
            assert!(come.is_superset(&all_new.difference(&all_old).collect()), "step {step}");
            assert!(come.iter().all(|word| all_new.contains(*word)), "step {step}");
        }
    }

    #[test]
    fn a_conversation_more_is_all_that_is_looked_at() {
        let mut state = State::default();
        for n in 0..50 {
            said(n, "coffee").iter().for_each(|edit| state.note(edit));
        }
        let before = state.clone();
        said(90, "called").iter().for_each(|edit| state.note(edit));
        let (old, new) = project_change(Space::Pipeline, ADA, Kind::Person, &before, &state);
        assert_eq!((old.rows.len(), new.rows.len()), (0, 1));
    }
}

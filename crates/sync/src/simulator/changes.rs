//! What users do in a run: changes drawn at random over synthetic people.

use goodword_core::change::Import;
use goodword_core::model::{
    Channel, CompanyEdit, Incoming, Labelled, NewInteraction, NewPerson, Next, PersonEdit,
    ProfileField, Reach, ReachKind, Stub, Tier, Yield,
};
use goodword_core::query::{Operations, People, Show};
use goodword_core::{Change, Error, Now, RecordId, Store};

use super::dice::Dice;

const GIVEN: [&str; 8] = ["Ada", "Bo", "Kai", "Leo", "Mira", "Nia", "Oto", "Pia"];
const FAMILY: [&str; 6] = ["Rilo", "Nato", "Dunar", "Tolo", "Vesk", "Ilmo"];
const COMPANIES: [&str; 5] = ["Sakumi", "Ordal", "Tenvi AG", "Lumar Ltd", "Brisk & Cole"];
const WORDS: [&str; 6] = ["coffee", "budget", "hiring freeze", "roadmap", "zürich", "referral"];

/// Files that every device can import, with people in common.
const FILES: u64 = 3;

/// People in one file.
const FILE_PEOPLE: u64 = 4;

/// Draws a change that makes sense for what the store holds.
pub(crate) fn draw(dice: &mut Dice, store: &Store, now: Now) -> Result<Change, Error> {
    let people = people(store)?;
    let Some(person) = (!people.is_empty()).then(|| *dice.pick(&people)) else {
        return Ok(if dice.chance(50) { add(dice) } else { import(dice) });
    };
    Ok(match dice.below(23) {
        0..=2 => add(dice),
        3..=7 => edit(dice, vec![person], now),
        8..=11 => log(dice, &people, now),
        12 | 13 => import(dice),
        14 | 15 => undo(dice, store)?.unwrap_or_else(|| add(dice)),
        16 => amend(dice, store, person)?.unwrap_or_else(|| edit(dice, vec![person], now)),
        17 => company(dice),
        18 => profile(dice),
        19 => Change::Erase { records: vec![person] },
        20 | 21 => Change::Refound { records: vec![person] },
        22 => Change::DropLate,
        _ => edit(dice, people, now),
    })
}

/// Everybody whom a store knows.
pub(crate) fn people(store: &Store) -> Result<Vec<RecordId>, Error> {
    let list = store.ask(&People::default())?;
    Ok(list.people.into_iter().map(|line| line.person.record).collect())
}

/// A change of one field that two devices make differently.
pub(crate) fn title(person: RecordId, title: &str) -> Change {
    let edits = vec![PersonEdit::Title(Some(title.to_owned()))];
    Change::EditPeople { people: vec![person], edits }
}

fn add(dice: &mut Dice) -> Change {
    let name = format!("{} {}", dice.pick(&GIVEN), dice.pick(&FAMILY));
    let mut edits = Vec::new();
    for _ in 0..dice.below(3) {
        edits.push(fact(dice));
    }
    Change::AddPerson(NewPerson { name, edits })
}

fn edit(dice: &mut Dice, people: Vec<RecordId>, now: Now) -> Change {
    let mut edits = vec![fact(dice)];
    if dice.chance(30) {
        edits.push(PersonEdit::Next(Some(Next {
            on: now.today,
            why: (*dice.pick(&WORDS)).to_owned(),
        })));
    }
    if dice.chance(10) {
        edits.push(PersonEdit::Deleted(dice.chance(50)));
    }
    Change::EditPeople { people, edits }
}

fn fact(dice: &mut Dice) -> PersonEdit {
    let word = (*dice.pick(&WORDS)).to_owned();
    match dice.below(10) {
        0 => PersonEdit::Company(Some((*dice.pick(&COMPANIES)).to_owned())),
        1 => PersonEdit::Title(Some(word)),
        2 => PersonEdit::Tier(Some(*dice.pick(Tier::ALL))),
        3 => PersonEdit::Tag(word),
        4 => PersonEdit::Untag(word),
        5 => PersonEdit::Note(word),
        6 => PersonEdit::PrivateNote(word),
        7 => PersonEdit::Title(None),
        8 => PersonEdit::Birthday(Some("--05-17".to_owned())),
        _ => PersonEdit::AddReach(Reach {
            kind: ReachKind::Email,
            entry: Labelled {
                label: "work".to_owned(),
                value: format!("{}@example.org", dice.below(9)),
            },
        }),
    }
}

fn log(dice: &mut Dice, people: &[RecordId], now: Now) -> Change {
    let mut with = vec![*dice.pick(people)];
    let second = *dice.pick(people);
    if dice.chance(25) && !with.contains(&second) {
        with.push(second);
    }
    let introduces = if dice.chance(20) {
        let name = format!("{} {}", dice.pick(&GIVEN), dice.pick(&FAMILY));
        vec![Stub { name, company: Some((*dice.pick(&COMPANIES)).to_owned()) }]
    } else {
        Vec::new()
    };
    let next = dice.chance(20).then(|| Next { on: now.today, why: String::new() });
    Change::Log(NewInteraction {
        people: with,
        on: now.today,
        channel: *dice.pick(Channel::ALL),
        text: (*dice.pick(&WORDS)).to_owned(),
        private_text: dice.chance(20).then(|| (*dice.pick(&WORDS)).to_owned()),
        got: [*dice.pick(Yield::ALL)].into(),
        introduces,
        next,
    })
}

fn amend(dice: &mut Dice, store: &Store, person: RecordId) -> Result<Option<Change>, Error> {
    let page = store.ask(&Show { record: person, interactions: 0 })?;
    if page.timeline.is_empty() {
        return Ok(None);
    }
    let row = dice.pick(&page.timeline);
    Ok(Some(Change::EditInteraction {
        record: row.record,
        interaction: row.interaction,
        text: Some((*dice.pick(&WORDS)).to_owned()),
        on: None,
        deleted: dice.chance(20).then_some(true),
    }))
}

fn company(dice: &mut Dice) -> Change {
    let edits = match dice.below(3) {
        0 => vec![CompanyEdit::Target(dice.chance(70))],
        1 => vec![CompanyEdit::Motivation(Some(1 + dice.below(5) as u8))],
        _ => vec![CompanyEdit::Note((*dice.pick(&WORDS)).to_owned())],
    };
    Change::EditCompany { name: (*dice.pick(&COMPANIES)).to_owned(), edits }
}

fn profile(dice: &mut Dice) -> Change {
    Change::Profile(vec![(ProfileField::LookingFor, (*dice.pick(&WORDS)).to_owned())])
}

fn undo(dice: &mut Dice, store: &Store) -> Result<Option<Change>, Error> {
    let operations = store.ask(&Operations { limit: 8 })?;
    if operations.is_empty() {
        return Ok(None);
    }
    Ok(Some(Change::Undo { command: dice.pick(&operations).command }))
}

/// One of the files, the same on every device.
fn import(dice: &mut Dice) -> Change {
    let file = dice.below(FILES);
    let people = (0..FILE_PEOPLE).map(|place| {
        let who = file * 2 + place;
        let given = GIVEN[who as usize % GIVEN.len()];
        let family = FAMILY[who as usize % FAMILY.len()];
        Incoming {
            place: place + 2,
            key: Some(format!("linkedin:{given}-{family}").to_lowercase()),
            name: format!("{given} {family}"),
            given: Some(given.to_owned()),
            family: Some(family.to_owned()),
            company: Some(COMPANIES[(who + file) as usize % COMPANIES.len()].to_owned()),
            emails: vec![Labelled {
                label: String::new(),
                value: format!("{given}.{family}@example.org").to_lowercase(),
            }],
            ..Incoming::default()
        }
    });
    Change::Import(Import {
        file: format!("file{file}.csv"),
        people: people.collect(),
        bring_back: dice.chance(30),
    })
}

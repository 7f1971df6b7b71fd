//! A made-up network of any size: people as an importer hands them over, and conversations.
//!
//! The same for the same sizes on every machine. A conversation has 8 to 14 words; the words
//! follow roughly Zipf's law, so that an index of them looks like one of real notes.

use goodword_core::model::{Channel, Incoming, Labelled};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::dice::Dice;

const SEED: u64 = 42;

/// The day on which the network is looked at.
pub const TODAY: Date = date(2026, 11, 20);

/// Days over which the conversations are spread.
const DAYS: usize = 730;

/// People who share a company, on average.
const PEOPLE_PER_COMPANY: usize = 5;

/// Distinct words of the conversations.
const VOCABULARY: usize = 4_000;

/// A word that 13 of 100 conversations have.
pub const COMMON: &str = "hiring";

/// A word that 1 of 10,000 conversations has.
pub const RARE: &str = "zubenor";

const CONSONANTS: [&str; 12] = ["b", "d", "k", "l", "m", "n", "r", "s", "t", "v", "p", "z"];
const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
const TITLES: [&str; 8] = [
    "Head of Operations",
    "Partner",
    "Marketing Director",
    "Product Lead",
    "HR Director",
    "Talent Partner",
    "Research Scientist",
    "VP Sales, Europe",
];

/// How large a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// People.
    pub people: usize,
    /// Conversations, spread evenly over the people.
    pub interactions: usize,
}

/// One conversation.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Whose place in [`people`] it is.
    pub person: usize,
    /// When.
    pub on: Date,
    /// How.
    pub channel: Channel,
    /// What was said.
    pub text: String,
}

/// The people of a network, as a profile export tells of them.
pub fn people(sizes: Sizes) -> Vec<Incoming> {
    (0..sizes.people).map(|n| person(n, sizes)).collect()
}

fn person(n: usize, sizes: Sizes) -> Incoming {
    let mut dice = Dice::of(SEED, n as u64);
    let given = capital(&word(&mut dice, 2));
    let family = capital(&word(&mut dice, 3));
    let slug = format!("{}-{}-{n}", given.to_lowercase(), family.to_lowercase());
    let companies = (sizes.people / PEOPLE_PER_COMPANY).max(1);
    let company = dice.below(companies);
    let company = capital(&word(&mut Dice::of(SEED + 1, company as u64), 3));
    let email = dice
        .percent(5)
        .then(|| Labelled { label: String::new(), value: format!("{slug}@mail.example") });
    let link = Labelled {
        label: "linkedin".to_owned(),
        value: format!("https://www.linkedin.com/in/{slug}"),
    };
    Incoming {
        place: n as u64 + 2,
        key: Some(format!("linkedin:{slug}")),
        name: format!("{given} {family}"),
        given: Some(given),
        family: Some(family),
        company: Some(company),
        title: Some(TITLES[dice.below(TITLES.len())].to_owned()),
        emails: email.into_iter().collect(),
        links: vec![link],
        connected_on: Some(days_before(dice.below(3_650))),
        ..Incoming::default()
    }
}

/// The conversation that is the `n`th in time.
pub fn conversation(n: usize, sizes: Sizes) -> Conversation {
    let mut dice = Dice::of(SEED + 2, n as u64);
    let channels = [Channel::Meeting, Channel::Call, Channel::Email, Channel::Message];
    let mut words: Vec<String> = (0..8 + dice.below(7)).map(|_| spoken(&mut dice)).collect();
    if dice.percent(13) {
        words.push(COMMON.to_owned());
    }
    if n % 10_000 == 4_711 {
        words.push(RARE.to_owned());
    }
    let since = (sizes.interactions - n) * DAYS / sizes.interactions.max(1);
    Conversation {
        // 7,919 is prime: every person comes up equally often.
        person: n * 7_919 % sizes.people,
        on: days_before(since),
        channel: channels[dice.below(channels.len())],
        text: words.join(" "),
    }
}

/// A word of a conversation: a few are frequent, most are rare.
fn spoken(dice: &mut Dice) -> String {
    // The product of two equal draws favours small places as 1/place does, nearly.
    let place = dice.below(VOCABULARY) * dice.below(VOCABULARY) / VOCABULARY;
    word(&mut Dice::of(SEED + 3, place as u64), 2 + place % 3)
}

fn word(dice: &mut Dice, syllables: usize) -> String {
    let mut word = String::with_capacity(2 * syllables);
    for _ in 0..syllables {
        word.push_str(CONSONANTS[dice.below(CONSONANTS.len())]);
        word.push_str(VOWELS[dice.below(VOWELS.len())]);
    }
    word
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn days_before(days: usize) -> Date {
    TODAY.saturating_sub(i64::try_from(days).unwrap_or(0).days())
}

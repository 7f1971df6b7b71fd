//! A made-up network of any size, for the demo, the tour, tests and benchmarks.
//!
//! Not random and not real: the same people for the same seed on every machine, with pronounceable
//! names put together from syllables, addresses under `.example` and profiles that say `sample`.
//! A name depends on the seed and on its place alone, so a larger network has the names of a smaller.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::civil::{Date, date};

/// People in the sample network of the demo.
pub const PEOPLE: u32 = 300;
/// Seed of the sample network of the demo.
pub const SEED: u64 = 7;

/// The day after which nobody in the file was connected.
const NEWEST: Date = date(2026, 11, 20);
/// Days over which the connections are spread, 12 years.
const DAYS: u64 = 12 * 365;
/// People for each company: 60 companies among 300 people.
const PEOPLE_PER_COMPANY: u32 = 5;
/// One row without a name for so many people: members who closed their account.
const NAMELESS_EVERY: u32 = 100;

/// People whom the demo and the manual call by name; everybody else is called something else.
const CAST: [(&str, &str, &str, &str); 7] = [
    ("Ada", "Rilo", "Head of Operations", "Sakumi"),
    ("Leo", "Dunar", "Partner", "Belora"),
    ("Kai", "Mebo", "VP Sales, Europe", "Sakumi"),
    ("Una", "Solba", "Talent Partner", "Takemo"),
    ("Odo", "Lamir", "Marketing Director", "Rivano"),
    ("Tilo", "Benar", "Product Lead", "Belora"),
    ("Sela", "Munto", "HR Director", "Komita"),
];
/// Companies of the cast, which come first.
const CAST_COMPANIES: [&str; 5] = ["Sakumi", "Belora", "Takemo", "Rivano", "Komita"];
/// Given names of the cast, and of people whom the demo adds.
const TAKEN: [&str; 9] = ["Ada", "Leo", "Kai", "Una", "Odo", "Tilo", "Sela", "Bo", "Mira"];

const CONSONANTS: [&str; 12] = ["b", "d", "k", "l", "m", "n", "r", "s", "t", "v", "h", "z"];
const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
const ACCENTED: [(char, char); 5] = [('a', 'á'), ('e', 'é'), ('i', 'í'), ('o', 'ö'), ('u', 'ü')];
/// Endings of family names; mostly none.
const ENDINGS: [&str; 6] = ["", "", "", "n", "r", "l"];
/// Words that no made-up name may contain.
const REFUSED: [&str; 10] =
    ["kike", "tit", "nazi", "kak", "anal", "anus", "nud", "lolit", "hitle", "heil"];
const SECOND_WORDS: [&str; 8] =
    ["Labs", "Systems", "Partners", "Foods", "Energy", "Media", "Logistics", "Care"];
/// How else a company is written; commas have to be quoted.
const LEGAL_FORMS: [&str; 5] = [" AG", " GmbH", ", Inc.", " Ltd", " S.A."];

const TITLES: [&str; 16] = [
    "Account Manager",
    "Business Development Manager",
    "Chief Financial Officer",
    "Consultant",
    "Country Manager",
    "Data Analyst",
    "Director, Clinical Operations",
    "Head of People",
    "Head of \"New Work\"",
    "Marketing Manager",
    "Partner",
    "Product Manager",
    "Programme Lead, R&D",
    "Recruiter",
    "Software Engineer",
    "Supply Chain Manager",
];

/// The preamble that precedes the header in files of the real service, in our words.
const PREAMBLE: &str = "Notes:\n\
    \"Made-up people. Nobody in this file exists, and \"\"sample\"\" profiles lead nowhere.\"\n\n";
const HEADER: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";

/// A sequence of numbers that is the same on every machine: splitmix64 (Steele, Lea and Flood,
/// 2014). Not for secrets.
struct Dice(u64);

impl Dice {
    /// The sequence of the `i`-th thing of a kind under `seed`.
    fn of(seed: u64, kind: u64, i: u64) -> Self {
        let mut dice = Self(seed ^ kind.rotate_left(32));
        dice.0 = dice.roll() ^ i;
        Self(dice.roll())
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; its bias (below 2⁻⁴⁰ here) does not matter for a sample.
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

const OF_PERSON: u64 = 1;
const OF_COMPANY: u64 = 2;
const OF_MOVE: u64 = 3;

/// A made-up person, as a row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    given: String,
    family: String,
    slug: String,
    email: String,
    company: String,
    title: String,
    connected_on: Date,
}

/// A made-up network.
pub struct Network {
    people: Vec<Person>,
    companies: usize,
}

impl Network {
    /// Makes the network of `people` people under `seed`.
    ///
    /// `later` is the same network some time later: one person in twenty-five has moved to
    /// another company.
    pub fn new(people: u32, seed: u64, later: bool) -> Self {
        let companies = companies((people / PEOPLE_PER_COMPANY).max(1), seed);
        let mut rows: Vec<Person> = (0..people)
            .map(|i| {
                let mut person = person(i, seed, &companies);
                let mut dice = Dice::of(seed, OF_MOVE, u64::from(i));
                if later && dice.one_in(25) {
                    person.company.clone_from(dice.pick(&companies));
                }
                person
            })
            .collect();
        rows.sort_by_key(|person| std::cmp::Reverse(person.connected_on));
        Self { people: rows, companies: companies.len() }
    }

    /// How many companies the people are spread over.
    pub const fn companies(&self) -> usize {
        self.companies
    }

    /// Writes the network as LinkedIn's `Connections.csv`, latest connection first.
    ///
    /// # Errors
    /// Whatever `out` returns.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(PREAMBLE.as_bytes())?;
        out.write_all(HEADER.as_bytes())?;
        for (i, person) in (0_u32..).zip(&self.people) {
            if i % NAMELESS_EVERY == NAMELESS_EVERY / 2 {
                writeln!(out, ",,,,,,{}", person.connected_on.strftime("%d %b %Y"))?;
            }
            person.write_row(out)?;
        }
        Ok(())
    }
}

impl Person {
    fn write_row(&self, out: &mut impl Write) -> io::Result<()> {
        for cell in [&self.given, &self.family] {
            write!(out, "{},", quoted(cell))?;
        }
        write!(out, "https://www.linkedin.com/in/{},", self.slug)?;
        for cell in [&self.email, &self.company, &self.title] {
            write!(out, "{},", quoted(cell))?;
        }
        writeln!(out, "{}", self.connected_on.strftime("%d %b %Y"))
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn person(i: u32, seed: u64, companies: &[String]) -> Person {
    let mut dice = Dice::of(seed, OF_PERSON, u64::from(i));
    let connected_on = NEWEST.saturating_sub(jiff::Span::new().days(dice.below(DAYS) as i64));
    let i = i as usize;
    let (given, family, title, company) = match CAST.get(i) {
        Some((given, family, title, company)) => {
            ((*given).to_owned(), (*family).to_owned(), *title, (*company).to_owned())
        }
        None => {
            let (given, family) = (given_name(&mut dice), family_name(&mut dice));
            let title = *dice.pick(&TITLES);
            (given, family, title, employer(i, &mut dice, companies))
        }
    };
    let email = if dice.one_in(20) {
        let domain = plain(company.split([' ', ',']).next().unwrap_or_default());
        format!("{}.{}@{domain}.example", plain(&given), plain(&family))
    } else {
        String::new()
    };
    Person {
        slug: format!("{}-{}-sample-{i}", plain(&given), plain(&family)),
        given,
        family,
        email,
        company,
        title: title.to_owned(),
        connected_on,
    }
}

/// Where somebody works: after the cast comes one person for each company, so that none is empty.
fn employer(i: usize, dice: &mut Dice, companies: &[String]) -> String {
    if let Some(company) = companies.get(i - CAST.len()) {
        return company.clone();
    }
    // The smaller of two throws: some companies have many people, most have few.
    let bound = companies.len() as u64;
    let throw = dice.below(bound).min(dice.below(bound));
    let company = companies[throw as usize].clone();
    match dice.below(25) {
        0 => String::new(),
        1 | 2 => company + *dice.pick(&LEGAL_FORMS),
        _ => company,
    }
}

fn companies(count: u32, seed: u64) -> Vec<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut names: Vec<String> = Vec::new();
    for i in 0_u64.. {
        if names.len() >= count as usize {
            break;
        }
        let name = match CAST_COMPANIES.get(i as usize) {
            Some(name) => (*name).to_owned(),
            None => company_name(&mut Dice::of(seed, OF_COMPANY, i)),
        };
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

fn company_name(dice: &mut Dice) -> String {
    let name = acceptable(dice, |dice| {
        capitalised([syllable(dice), syllable(dice), syllable(dice)].concat())
    });
    if dice.one_in(3) { format!("{name} {}", dice.pick(&SECOND_WORDS)) } else { name }
}

fn given_name(dice: &mut Dice) -> String {
    let name = acceptable(dice, |dice| {
        let first = if dice.one_in(4) { (*dice.pick(&VOWELS)).to_owned() } else { syllable(dice) };
        let last = if dice.one_in(8) { syllable(dice) } else { String::new() };
        capitalised([first, syllable(dice), last].concat())
    });
    if dice.one_in(25) { accented(&name, dice) } else { name }
}

fn family_name(dice: &mut Dice) -> String {
    acceptable(dice, |dice| {
        let middle = if dice.one_in(3) { syllable(dice) } else { String::new() };
        let ending = (*dice.pick(&ENDINGS)).to_owned();
        capitalised([syllable(dice), middle, syllable(dice), ending].concat())
    })
}

/// The first name from `make` that is nobody's in the cast and in which nothing bad can be read.
fn acceptable(dice: &mut Dice, make: impl Fn(&mut Dice) -> String) -> String {
    loop {
        let name = make(dice);
        let low = name.to_lowercase();
        let taken = TAKEN.iter().any(|taken| name.starts_with(taken));
        if !taken && !REFUSED.iter().any(|word| low.contains(word)) {
            return name;
        }
    }
}

fn syllable(dice: &mut Dice) -> String {
    [*dice.pick(&CONSONANTS), *dice.pick(&VOWELS)].concat()
}

fn capitalised(name: String) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Puts an accent on the last vowel.
fn accented(name: &str, dice: &mut Dice) -> String {
    let Some((at, _)) = name.char_indices().rev().find(|(_, c)| "aeiou".contains(*c)) else {
        return name.to_owned();
    };
    let vowel = &name[at..=at];
    let accent = ACCENTED.iter().find(|(plain, _)| vowel.starts_with(*plain));
    let accent = accent.map_or_else(|| dice.pick(&ACCENTED).1, |(_, accent)| *accent);
    format!("{}{accent}{}", &name[..at], &name[at + 1..])
}

/// A name as it stands in an address: lower case, no accents.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| ACCENTED.iter().find(|(_, accent)| *accent == c).map_or(c, |(plain, _)| *plain))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(people: u32, seed: u64, later: bool) -> String {
        let mut out = Vec::new();
        Network::new(people, seed, later).write_csv(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_seed_makes_one_network() {
        assert_eq!(csv(300, 7, false), csv(300, 7, false));
        assert_ne!(csv(300, 7, false), csv(300, 8, false));
    }

    #[test]
    fn the_sample_has_300_people_60_companies_and_the_quirks_of_real_files() {
        let sample = Network::new(PEOPLE, SEED, false);
        assert_eq!((sample.people.len(), sample.companies()), (300, 60));
        let employers = sample.people.iter().map(|person| &person.company);
        let employers: BTreeSet<_> =
            employers.filter_map(|name| name.split([' ', ',']).next()).collect();
        assert!(employers.len() >= 60, "every company has somebody");
        let text = csv(PEOPLE, SEED, false);
        assert!(text.starts_with("Notes:\n"));
        assert_eq!(text.lines().filter(|line| line.starts_with(",,,")).count(), 3);
        assert!(text.contains(", Inc.\""), "a quoted comma");
        assert!(text.contains("\"\"New Work\"\""), "a doubled quote");
        assert!(!text.is_ascii(), "an accent");
        assert!(text.contains(".example,"), "an e-mail address");
    }

    #[test]
    fn the_cast_is_there_under_every_seed_and_its_names_are_its_own() {
        for seed in 0..20 {
            let people = Network::new(PEOPLE, seed, false).people;
            for (given, family, _, company) in CAST {
                let called: Vec<&Person> =
                    people.iter().filter(|person| person.given.starts_with(given)).collect();
                assert_eq!(called.len(), 1, "seed {seed}: {given}");
                assert_eq!((&*called[0].family, &*called[0].company), (family, company));
            }
        }
    }

    #[test]
    fn a_larger_network_has_the_people_of_the_smaller_one() {
        let slugs = |people| -> BTreeSet<String> {
            Network::new(people, SEED, false).people.into_iter().map(|person| person.slug).collect()
        };
        assert!(slugs(300).is_subset(&slugs(1_000)));
        assert_eq!(slugs(10_000).len(), 10_000);
    }

    #[test]
    fn later_some_people_have_moved_and_nobody_else_changed() {
        let before = Network::new(PEOPLE, SEED, false).people;
        let after = Network::new(PEOPLE, SEED, true).people;
        let moved = before.iter().zip(&after).filter(|(b, a)| b.company != a.company).count();
        assert!((5..30).contains(&moved), "{moved} moved");
        assert!(before.iter().zip(&after).all(|(b, a)| b.slug == a.slug && b.title == a.title));
    }
}

//! People in a list: one line each, with what decides whether to get in touch.

use goodword_core::query::{Matched, PeopleList, PersonLine};
use jiff::civil::Date;

use crate::dates;
use crate::screen::{Ink, Screen};
use crate::table::{Cell, Column, Table};
use crate::text;

/// Draws people under the heads of their columns, and how many there are in all.
pub fn draw(list: &PeopleList, screen: &Screen) -> String {
    let mut table = Table::new([
        Column::new("name").ink(Ink::Name).shrinks(),
        Column::new("title").shrinks().dispensable(3),
        Column::new("company").shrinks(),
        Column::new("tier").ink(Ink::Dim).dispensable(2),
        Column::new("last").dispensable(1),
        Column::new("next"),
    ]);
    for line in &list.people {
        table.row(row(line, screen.today));
        if let Some(Matched { on, text }) = &line.matched {
            let on = on.map(|on| format!("{}: ", dates::show(on, screen.today)));
            table.below(&format!("{}{text}", on.unwrap_or_default()));
        }
    }
    let shown = list.people.len() as u64;
    let count = if shown < list.total {
        let all = text::count(list.total, "person", "people");
        format!("{} of {all}", text::thousands(shown))
    } else {
        text::count(list.total, "person", "people")
    };
    format!("{}{}\n", table.draw(screen), screen.ink(Ink::Dim, &count))
}

fn row(line: &PersonLine, today: Date) -> Vec<Cell> {
    let person = &line.person;
    let next = person.next.as_ref().map(|next| next.on);
    let ink = match next {
        Some(on) if on < today => Ink::Bad,
        Some(on) if on == today => Ink::Warn,
        _ => Ink::Plain,
    };
    let day = |day: Option<Date>| day.map(|day| dates::show(day, today)).unwrap_or_default();
    vec![
        person.name.as_str().into(),
        (&person.title).into(),
        (&person.company).into(),
        person.tier.map(|tier| tier.word()).unwrap_or_default().into(),
        day(line.last).into(),
        Cell::inked(day(next), ink),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use goodword_core::RecordId;
    use goodword_core::model::{Next, Tier};
    use goodword_core::view::PersonRow;
    use jiff::civil::date;

    use super::*;

    fn line(name: &str, title: &str, company: &str, tier: Option<Tier>) -> PersonLine {
        let person = PersonRow {
            record: RecordId([1; 16]),
            name: name.to_owned(),
            given: None,
            family: None,
            company: Some(company.to_owned()).filter(|company| !company.is_empty()),
            title: Some(title.to_owned()).filter(|title| !title.is_empty()),
            tier,
            next: tier.map(|_| Next { on: date(2026, 11, 27), why: String::new() }),
            introduced_by: None,
            tags: BTreeSet::new(),
            connected_on: None,
            earlier: BTreeSet::new(),
            notes: Vec::new(),
            also: BTreeSet::new(),
        };
        let last = tier.map(|_| date(2026, 11, 8));
        PersonLine { person, last, matched: None }
    }

    fn drawn(width: usize) -> String {
        let people = vec![
            line("Ada Rilo", "VP Marketing", "Sakumi", Some(Tier::Active)),
            line(
                "Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau",
                "",
                "Kinto",
                None,
            ),
            line("山田 太郎", "営業部長", "東京計器", Some(Tier::NotNow)),
        ];
        let list = PeopleList { people, total: 3112 };
        draw(&list, &Screen { width: Some(width), colour: false, today: date(2026, 11, 20) })
    }

    #[test]
    fn people_at_60_columns() {
        insta::assert_snapshot!(drawn(60), @r#"
        name                company   tier     last       next
        Ada Rilo            Sakumi    active   Sun 8 Nov  Fri 27 Nov
        Bartholomea-Alexa…  Kinto
        山田 太郎           東京計器  not-now  Sun 8 Nov  Fri 27 Nov
        3 of 3,112 people
        "#);
    }

    #[test]
    fn people_at_80_columns() {
        insta::assert_snapshot!(drawn(80), @r#"
        name                      title         company   tier     last       next
        Ada Rilo                  VP Marketing  Sakumi    active   Sun 8 Nov  Fri 27 Nov
        Bartholomea-Alexandrina…                Kinto
        山田 太郎                 営業部長      東京計器  not-now  Sun 8 Nov  Fri 27 Nov
        3 of 3,112 people
        "#);
    }

    #[test]
    fn people_at_120_columns() {
        insta::assert_snapshot!(drawn(120), @r#"
        name                                                           title         company   tier     last       next
        Ada Rilo                                                       VP Marketing  Sakumi    active   Sun 8 Nov  Fri 27 Nov
        Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau                Kinto
        山田 太郎                                                      営業部長      東京計器  not-now  Sun 8 Nov  Fri 27 Nov
        3 of 3,112 people
        "#);
    }
}

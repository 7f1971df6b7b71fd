//! Pages as users see them, on screens of three widths.

use std::collections::BTreeSet;

use goodword_core::RecordId;
use goodword_core::model::{Channel, Labelled, Next, Reach, Tier, Yield};
use goodword_core::query::PersonPage;
use goodword_core::view::{CompanyRow, DetailsRow, PersonRow, PrivateRow};
use jiff::civil::{Date, date};

use super::*;
use crate::verb::show::Computed;

const TODAY: Date = date(2026, 11, 20);

fn id(n: u8) -> RecordId {
    RecordId([n; 16])
}

fn person(name: &str) -> PersonRow {
    PersonRow {
        record: id(1),
        name: name.to_owned(),
        given: None,
        family: None,
        company: None,
        title: None,
        tier: None,
        next: None,
        introduced_by: None,
        tags: BTreeSet::new(),
        connected_on: None,
        earlier: BTreeSet::new(),
        notes: Vec::new(),
        also: BTreeSet::new(),
    }
}

fn empty(person: PersonRow) -> Shown {
    let page = PersonPage {
        person,
        details: None,
        private: None,
        timeline: Vec::new(),
        interactions: 0,
        introduced_by: None,
        introduced: Vec::new(),
        company: None,
    };
    let computed = Computed { days_since_last: None, keep_warm_every: None, keep_warm_due: None };
    Shown { page, computed }
}

fn full() -> Shown {
    let mut shown = empty(PersonRow {
        company: Some("Sakumi".to_owned()),
        title: Some("Vice President of Marketing and Communications".to_owned()),
        tier: Some(Tier::Active),
        next: Some(Next { on: date(2026, 11, 27), why: "ask about the Basel team".to_owned() }),
        tags: ["alumni", "pharma"].map(str::to_owned).into(),
        connected_on: Some(date(2024, 3, 5)),
        also: [Also { field: "company".to_owned(), value: "Kinto".to_owned() }].into(),
        notes: vec![NoteRow {
            on: Some(date(2026, 11, 2)),
            text: "Two children, sails.\nPrefers mornings.".to_owned(),
        }],
        ..person("Ada Rilo")
    });
    let reach = |kind, label: &str, value: &str| Reach {
        kind,
        entry: Labelled { label: label.to_owned(), value: value.to_owned() },
    };
    shown.page.details = Some(DetailsRow {
        reach: [
            reach(ReachKind::Email, "work", "ada@sakumi.example"),
            reach(ReachKind::Phone, "", "+41 44 000 00 00"),
        ]
        .into(),
        birthday: Some("--05-17".to_owned()),
        ..DetailsRow::default()
    });
    shown.page.private = Some(PrivateRow {
        notes: vec![NoteRow { on: Some(date(2026, 11, 8)), text: "Tired of the job.".to_owned() }],
    });
    shown.page.timeline = vec![InteractionRow {
        record: id(1),
        interaction: id(2),
        people: [id(1)].into(),
        on: date(2026, 11, 8),
        channel: Channel::Meeting,
        text: "coffee, hiring freeze until May; she knows the head of the clinic and will write \
               to him next week"
            .to_owned(),
        got: [Yield::Information, Yield::Lead].into(),
        also: BTreeSet::new(),
    }];
    shown.page.interactions = 3;
    shown.page.introduced_by = Some("Leo Dunar".to_owned());
    shown.page.introduced = vec!["Bo Nato".to_owned(), "Kai Ombe".to_owned()];
    shown.page.company = Some(CompanyRow {
        name: "Sakumi".to_owned(),
        target: true,
        motivation: Some(3),
        posting: Some(1),
        ..CompanyRow::default()
    });
    shown.computed = Computed {
        days_since_last: Some(12),
        keep_warm_every: Some(60),
        keep_warm_due: Some(date(2027, 1, 7)),
    };
    shown
}

fn drawn(shown: &Shown, width: usize) -> String {
    draw(shown, &Screen { width: Some(width), colour: false, today: TODAY })
}

#[test]
fn a_page_at_60_columns() {
    insta::assert_snapshot!(drawn(&full(), 60), @r#"
    Ada Rilo
    Vice President of Marketing and Communications at Sakumi

    next           Fri 27 Nov (in 7 days): ask about the Basel
                   team
    tier           active, every 60 days; due in 6 weeks
    tags           alumni, pharma
    introduced by  Leo Dunar
    introduced     Bo Nato, Kai Ombe
    connected      5 Mar 2024
                   company also: Kinto
    e-mail         ada@sakumi.example (work)
    phone          +41 44 000 00 00
    birthday       --05-17
    target         Sakumi, motivation 3, posting 1

    Notes
    Mon 2 Nov      Two children, sails.
                   Prefers mornings.

    Private notes
    Sun 8 Nov      Tired of the job.

    3 talks; last one 12 days ago
    Sun 8 Nov      coffee, hiring freeze until May; she knows
                   the head of the clinic and will write to him
                   next week [meeting; got information, lead]
    2 earlier (--limit 0 for all)

    `also` was written on another device at the same time; set
    the right value with `goodword edit`.
    "#);
}

#[test]
fn a_page_at_120_columns() {
    insta::assert_snapshot!(drawn(&full(), 120), @r#"
    Ada Rilo
    Vice President of Marketing and Communications at Sakumi

    next           Fri 27 Nov (in 7 days): ask about the Basel team
    tier           active, every 60 days; due in 6 weeks
    tags           alumni, pharma
    introduced by  Leo Dunar
    introduced     Bo Nato, Kai Ombe
    connected      5 Mar 2024
                   company also: Kinto
    e-mail         ada@sakumi.example (work)
    phone          +41 44 000 00 00
    birthday       --05-17
    target         Sakumi, motivation 3, posting 1

    Notes
    Mon 2 Nov      Two children, sails.
                   Prefers mornings.

    Private notes
    Sun 8 Nov      Tired of the job.

    3 talks; last one 12 days ago
    Sun 8 Nov      coffee, hiring freeze until May; she knows the head of the clinic and will write to
                   him next week [meeting; got information, lead]
    2 earlier (--limit 0 for all)

    `also` was written on another device at the same time; set the right value with `goodword edit`.
    "#);
}

#[test]
fn a_page_of_somebody_unknown_is_short() {
    insta::assert_snapshot!(drawn(&empty(person("Bo Nato")), 80), @r#"
    Bo Nato

    No talk logged
    "#);
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let long = "Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau";
    for name in [long, "東京都新宿区西新宿二丁目八番一号の山田太郎さん"] {
        for width in [40, 60, 80, 120] {
            let mut shown = full();
            shown.page.person.name = name.to_owned();
            for line in drawn(&shown, width).lines() {
                assert!(text::width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn control_characters_of_a_note_do_not_reach_the_screen() {
    let mut shown = full();
    shown.page.person.notes[0].text = "red \u{1b}[31mhere\u{7}".to_owned();
    assert!(!drawn(&shown, 80).contains(['\u{1b}', '\u{7}']));
}

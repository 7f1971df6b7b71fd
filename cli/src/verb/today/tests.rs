//! The day's list as users see it, on screens of three widths.

use std::collections::BTreeSet;

use goodword_core::RecordId;
use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 20);

fn line(act: Act, name: &str, due: Date, reason: &str, command: &str) -> Line {
    let person = PersonRow {
        record: RecordId([1; 16]),
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
    };
    Line {
        act,
        person: Some(person).filter(|person| !person.name.is_empty()),
        due,
        reason: reason.to_owned(),
        command: command.to_owned(),
    }
}

fn day() -> Day {
    let long = "Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau";
    let warm = "inner circle, every 30 days; last 2026-10-09";
    Day {
        on: TODAY,
        waiting: Vec::new(),
        lines: vec![
            line(Act::FollowUp, "Ada Rilo", TODAY, "ask about Basel", "goodword log ada \"…\""),
            line(Act::Write, "山田 太郎", TODAY, "Ada Rilo named them", "goodword log 山田 \"…\""),
            line(Act::KeepWarm, long, date(2026, 11, 8), warm, "goodword log bart \"…\""),
            line(Act::Triage, "", TODAY, "298 people have no tier", "goodword triage"),
        ],
        more: 3,
        untriaged: 298,
        people: 301,
    }
}

fn drawn(width: Option<usize>) -> String {
    day().draw(&Screen { width, colour: false, today: TODAY })
}

#[test]
fn a_day_at_60_columns() {
    insta::assert_snapshot!(drawn(Some(60)), @r#"
    Fri 20 Nov
     1  follow up  Ada Rilo  due today
        ask about Basel  goodword log ada "…"
     2  write      山田 太郎  due today
        Ada Rilo named them  goodword log 山田 "…"
     3  keep warm  Bartholomea-Alexandrina von Un…  12 days late
        inner circle, every 30 days; last Fri 9 Oct
        goodword log bart "…"
     4  triage
        298 people have no tier  goodword triage
    3 more due (`goodword today --limit 100`).
    "#);
}

#[test]
fn a_day_at_80_columns() {
    insta::assert_snapshot!(drawn(Some(80)), @r#"
    Fri 20 Nov
     1  follow up  Ada Rilo  due today
        ask about Basel  goodword log ada "…"
     2  write      山田 太郎  due today
        Ada Rilo named them  goodword log 山田 "…"
     3  keep warm  Bartholomea-Alexandrina von Unter-Oberhausen zu Kl…  12 days late
        inner circle, every 30 days; last Fri 9 Oct  goodword log bart "…"
     4  triage
        298 people have no tier  goodword triage
    3 more due (`goodword today --limit 100`).
    "#);
}

#[test]
fn a_day_at_120_columns() {
    insta::assert_snapshot!(drawn(Some(120)), @r#"
    Fri 20 Nov
     1  follow up  Ada Rilo  due today
        ask about Basel  goodword log ada "…"
     2  write      山田 太郎  due today
        Ada Rilo named them  goodword log 山田 "…"
     3  keep warm  Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau  12 days late
        inner circle, every 30 days; last Fri 9 Oct  goodword log bart "…"
     4  triage
        298 people have no tier  goodword triage
    3 more due (`goodword today --limit 100`).
    "#);
}

#[test]
fn a_day_in_a_pipe_has_one_line_for_each_act() {
    insta::assert_snapshot!(drawn(None), @r#"
    Fri 20 Nov
     1  follow up  Ada Rilo                                                       ask about Basel                              due today     goodword log ada "…"
     2  write      山田 太郎                                                      Ada Rilo named them                          due today     goodword log 山田 "…"
     3  keep warm  Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau  inner circle, every 30 days; last Fri 9 Oct  12 days late  goodword log bart "…"
     4  triage                                                                    298 people have no tier                                    goodword triage
    3 more due (`goodword today --limit 100`).
    "#);
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for width in 40..160 {
        for line in drawn(Some(width)).lines() {
            assert!(text::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_day_with_nothing_due_says_so() {
    let day = Day { on: TODAY, waiting: Vec::new(), lines: Vec::new(), more: 0, untriaged: 0, people: 1 };
    let screen = Screen { width: Some(80), colour: false, today: TODAY };
    assert_eq!(day.draw(&screen), "Fri 20 Nov\nNothing is due.\n");
}

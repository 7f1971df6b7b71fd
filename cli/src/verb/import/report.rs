//! What became of a file: counts for people, one outcome per row for programs.

use std::collections::{BTreeMap, BTreeSet};

use goodword_core::change::RowOutcome;
use goodword_core::text::company_key;
use goodword_core::{CommandId, Outcome, RecordId};
use goodword_formats::{Kind, Reason, Row};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::diff::Diff;
use super::{Contents, by_place};
use crate::text;

/// Places named of rows that were skipped for one reason.
const PLACES_MAX: usize = 2;

/// Lines of each kind of remark.
const REMARKS_MAX: usize = 5;

/// What became of a file.
#[derive(Debug, Serialize)]
pub struct Report {
    kind: Kind,
    dry_run: bool,
    command: Option<CommandId>,
    counts: Counts,
    rows: Vec<RowReport>,
    #[serde(skip)]
    diff: Diff,
}

/// How many rows met which fate.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    people: u64,
    companies: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    erased: u64,
    skipped: u64,
    rejected: u64,
    pictures_left_out: u64,
}

/// One row of the file.
#[derive(Debug, Serialize)]
struct RowReport {
    place: u64,
    outcome: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    news: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_on: Option<Date>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

/// What of a row is not in the book.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Warning {
    text: String,
    /// Whether it was understood, and left out for another reason.
    #[serde(skip)]
    understood: bool,
}

impl From<&Reason> for Warning {
    fn from(reason: &Reason) -> Self {
        let understood = !matches!(
            reason,
            Reason::ImpossibleDate { .. }
                | Reason::AmbiguousDate { .. }
                | Reason::UnknownDate { .. }
                | Reason::Charset { .. }
                | Reason::NotAProperty { .. }
        );
        Self { text: reason.to_string(), understood }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Fate {
    Created,
    Updated,
    Unchanged,
    Erased,
    Skipped,
    Rejected,
}

impl Report {
    /// Joins what the file said with what the store did.
    pub fn new(
        contents: &Contents,
        outcome: &Outcome,
        dry_run: bool,
        diff: Diff,
        zone: &TimeZone,
    ) -> Self {
        let imported = by_place(outcome);
        let rows: Vec<RowReport> = contents
            .rows
            .iter()
            .map(|row| match row {
                Row::Read { incoming, warnings } => {
                    let done = imported.get(&incoming.place);
                    RowReport {
                        place: incoming.place,
                        outcome: done.map_or(Fate::Unchanged, |done| done.outcome.into()),
                        name: Some(incoming.name.clone()),
                        record: done.map(|done| done.record),
                        reason: None,
                        news: done.and_then(|done| done.news.clone()),
                        erased_on: done.and_then(|done| day(done.erased_at?, zone)),
                        warnings: warnings.iter().map(Warning::from).collect(),
                    }
                }
                Row::Skipped { place, reason } => RowReport::left_out(*place, Fate::Skipped, reason),
                Row::Rejected { place, reason } => RowReport::left_out(*place, Fate::Rejected, reason),
            })
            .collect();
        let with = |fate| rows.iter().filter(|row| row.outcome == fate).count() as u64;
        let counts = Counts {
            people: rows.len() as u64,
            companies: companies(&contents.rows),
            created: with(Fate::Created),
            updated: with(Fate::Updated),
            unchanged: with(Fate::Unchanged),
            erased: with(Fate::Erased),
            skipped: contents.summary.skipped,
            rejected: contents.summary.rejected,
            pictures_left_out: contents.summary.media_dropped,
        };
        let command = outcome.command.filter(|_| !dry_run);
        Self { kind: contents.kind, dry_run, command, counts, rows, diff }
    }

    /// Draws counts, remarks and, for a dry run, the difference.
    pub fn draw(&self) -> String {
        let mut out = self.diff.draw();
        out.push_str(&self.sentence());
        out.push('\n');
        out.push_str(&self.remarks());
        text::clean_lines(&out).map(|line| line.into_owned() + "\n").collect()
    }

    fn sentence(&self) -> String {
        let counts = &self.counts;
        let mut fates = Vec::new();
        let named = [
            (counts.created, "new"),
            (counts.updated, "updated"),
            (counts.unchanged, "unchanged"),
            (counts.erased, "erased before"),
        ];
        for (count, word) in named {
            if count > 0 {
                fates.push(format!("{} {word}", text::thousands(count)));
            }
        }
        fates.extend(self.skipped());
        if counts.rejected > 0 {
            fates.push(format!("{} unreadable", text::thousands(counts.rejected)));
        }
        if fates.is_empty() {
            fates.push("nothing to import".to_owned());
        }
        let end = match (self.dry_run, self.command) {
            (true, _) => " Nothing was changed: this was a dry run.",
            (false, Some(_)) => " Undo with `goodword undo`.",
            (false, None) => "",
        };
        format!(
            "{}, {}: {}.{end}",
            text::count(counts.people, "person", "people"),
            text::count(counts.companies, "company", "companies"),
            fates.join(", ")
        )
    }

    /// `14 without a name skipped (lines 17, 80, …)`, for each reason.
    fn skipped(&self) -> Vec<String> {
        let mut places: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.outcome == Fate::Skipped) {
            let reason = row.reason.as_deref().unwrap_or_default();
            // Each duplicate names another row.
            let reason = if reason.starts_with("the same person") { "repeated" } else { reason };
            places.entry(reason).or_default().push(row.place);
        }
        let unit = self.unit();
        let sentence = |(reason, places): (&str, Vec<u64>)| {
            let plural = if places.len() == 1 { "" } else { "s" };
            let mut named: Vec<String> = places.iter().take(PLACES_MAX).map(u64::to_string).collect();
            if places.len() > PLACES_MAX {
                named.push("…".to_owned());
            }
            let count = text::thousands(places.len() as u64);
            format!("{count} {reason} skipped ({unit}{plural} {})", named.join(", "))
        };
        places.into_iter().map(sentence).collect()
    }

    /// What a place counts.
    fn unit(&self) -> &'static str {
        match self.kind {
            Kind::LinkedIn => "line",
            Kind::VCard => "card",
        }
    }

    fn remarks(&self) -> String {
        let unit = self.unit();
        let rejected = self.rows.iter().filter(|row| row.outcome == Fate::Rejected).map(|row| {
            format!("{unit} {}: {}", row.place, row.reason.as_deref().unwrap_or_default())
        });
        let warned = |understood: bool| -> Vec<String> {
            let lines = self.rows.iter().filter_map(|row| {
                let of_kind = row.warnings.iter().filter(|of| of.understood == understood);
                let texts: Vec<&str> = of_kind.map(|of| of.text.as_str()).collect();
                let name = row.name.as_deref().unwrap_or_default();
                let line = format!("{unit} {} ({name}): {}", row.place, texts.join("; "));
                (!texts.is_empty()).then_some(line)
            });
            lines.collect()
        };
        let news = self.rows.iter().filter_map(|row| row.news.clone());
        let erased = self.rows.iter().filter(|row| row.outcome == Fate::Erased).map(|row| {
            let name = row.name.as_deref().unwrap_or_default();
            let on = row.erased_on.map(|on| format!(", erased on {on}")).unwrap_or_default();
            format!("{unit} {} ({name}){on}", row.place)
        });
        let mut out = listed("News", news.collect());
        out.push_str(&listed("Stays erased; --bring-back takes it in again", erased.collect()));
        out.push_str(&listed("Not read", rejected.collect()));
        out.push_str(&listed("Not understood", warned(false)));
        out.push_str(&listed("Left out", warned(true)));
        if self.counts.pictures_left_out > 0 {
            let pictures = text::count(self.counts.pictures_left_out, "picture", "pictures");
            out.push_str(&format!("{pictures} left out.\n"));
        }
        out
    }
}

impl RowReport {
    fn left_out(place: u64, outcome: Fate, reason: &Reason) -> Self {
        Self {
            place,
            outcome,
            name: None,
            record: None,
            reason: Some(reason.to_string()),
            news: None,
            erased_on: None,
            warnings: Vec::new(),
        }
    }
}

impl From<RowOutcome> for Fate {
    fn from(outcome: RowOutcome) -> Self {
        match outcome {
            RowOutcome::Created => Self::Created,
            RowOutcome::Updated => Self::Updated,
            RowOutcome::Unchanged => Self::Unchanged,
            RowOutcome::Erased => Self::Erased,
        }
    }
}

fn listed(head: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut out = format!("{head}:\n");
    for line in lines.iter().take(REMARKS_MAX) {
        out.push_str(&format!("  {line}\n"));
    }
    let more = lines.len().saturating_sub(REMARKS_MAX);
    if more > 0 {
        out.push_str(&format!("  … {} more (all with --json)\n", text::thousands(more as u64)));
    }
    out
}

/// The local day of `millis` since the Unix epoch.
fn day(millis: u64, zone: &TimeZone) -> Option<Date> {
    let at = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(at.to_zoned(zone.clone()).date())
}

fn companies(rows: &[Row]) -> u64 {
    let named = rows.iter().filter_map(super::incoming).filter_map(|person| person.company.as_deref());
    let keys: BTreeSet<String> = named.map(company_key).collect();
    keys.len() as u64
}

#[cfg(test)]
mod tests {
    use goodword_core::change::ImportedRow;
    use goodword_core::model::Incoming;
    use goodword_formats::Summary;

    use super::*;

    fn read(place: u64, name: &str, company: &str) -> Row {
        let incoming = Incoming {
            place,
            name: name.to_owned(),
            company: Some(company.to_owned()),
            ..Incoming::default()
        };
        Row::Read { incoming, warnings: Vec::new() }
    }

    fn imported(place: u64, outcome: RowOutcome, news: Option<&str>) -> ImportedRow {
        let record = RecordId([1; 16]);
        ImportedRow { place, record, outcome, news: news.map(str::to_owned), erased_at: None }
    }

    fn report(dry_run: bool) -> Report {
        let without_name = |place| Row::Skipped { place, reason: Reason::WithoutName };
        let rows = vec![
            read(2, "Ada Rilo", "Sakumi AG"),
            read(3, "Bo Nato", "SAKUMI"),
            without_name(17),
            without_name(80),
            without_name(91),
            Row::Skipped { place: 92, reason: Reason::Duplicate { of: 2 } },
            Row::Rejected { place: 93, reason: Reason::UnclosedQuote },
        ];
        let summary = Summary { read: 2, skipped: 4, rejected: 1, ..Summary::default() };
        let contents = Contents { kind: Kind::LinkedIn, rows, summary };
        let outcome = Outcome {
            command: Some(CommandId([2; 16])),
            rows: vec![
                imported(2, RowOutcome::Created, None),
                imported(3, RowOutcome::Updated, Some("Bo Nato moved from Kinto to Sakumi")),
            ],
            ..Outcome::default()
        };
        Report::new(&contents, &outcome, dry_run, Diff::default(), &TimeZone::UTC)
    }

    #[test]
    fn an_import_is_told_in_counts_with_what_was_left_out() {
        insta::assert_snapshot!(report(false).draw(), @r#"
        7 people, 1 company: 1 new, 1 updated, 1 repeated skipped (line 92), 3 without a name skipped (lines 17, 80, …), 1 unreadable. Undo with `goodword undo`.
        News:
          Bo Nato moved from Kinto to Sakumi
        Not read:
          line 93: a quote is not closed
        "#);
    }

    #[test]
    fn what_was_not_understood_is_told_apart_from_what_was_left_out() {
        let warnings = vec![
            Reason::ImpossibleDate { text: "31 Feb 2024".to_owned() },
            Reason::TooManyTags { limit: 64 },
        ];
        let Row::Read { incoming, .. } = read(6, "Kai Mebo", "Sakumi") else { unreachable!() };
        let rows = vec![Row::Read { incoming, warnings }];
        let summary = Summary { read: 1, warned: 1, ..Summary::default() };
        let contents = Contents { kind: Kind::VCard, rows, summary };
        let report = Report::new(&contents, &Outcome::default(), false, Diff::default(), &TimeZone::UTC);
        insta::assert_snapshot!(report.draw(), @r#"
        1 person, 1 company: 1 unchanged.
        Not understood:
          card 6 (Kai Mebo): the date `31 Feb 2024` does not exist
        Left out:
          card 6 (Kai Mebo): categories beyond 64 were left out
        "#);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["rows"][0]["warnings"][0], "the date `31 Feb 2024` does not exist");
    }

    #[test]
    fn a_dry_run_says_that_nothing_was_changed_and_has_no_command() {
        let report = report(true);
        assert!(report.draw().contains("Nothing was changed"));
        assert_eq!(report.command, None);
    }
}

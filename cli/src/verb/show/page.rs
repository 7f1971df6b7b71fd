//! The page of a person, drawn.
//!
//! Labels to the left, values to the right of them, wrapped to the screen; sections without
//! content are left out.

use std::collections::BTreeSet;

use goodword_core::model::ReachKind;
use goodword_core::view::{Also, InteractionRow, NoteRow};

use super::Shown;
use crate::screen::{Ink, Screen};
use crate::{dates, text};

/// Columns of the labels, the gap after them included.
const LABEL_COLUMNS: usize = 15;

/// Draws a page.
pub fn draw(shown: &Shown, screen: &Screen) -> String {
    let mut page = Page { out: String::new(), screen };
    page.head(shown);
    page.facts(shown);
    page.reach(shown);
    page.company(shown);
    page.notes("Notes", &shown.page.person.notes);
    if let Some(private) = &shown.page.private {
        page.notes("Private notes", &private.notes);
    }
    page.talks(shown);
    page.settle(shown);
    // A section without content before another one leaves two blank lines.
    page.out.replace("\n\n\n", "\n\n")
}

struct Page<'a> {
    out: String,
    screen: &'a Screen,
}

impl Page<'_> {
    fn head(&mut self, shown: &Shown) {
        let person = &shown.page.person;
        let name = text::clean(&person.name);
        for line in text::wrap(&name, self.screen.text_width()) {
            self.line(&self.screen.ink(Ink::Name, &line));
        }
        let work = text::work(person.title.as_deref(), person.company.as_deref());
        for line in text::wrap(&text::clean(&work), self.screen.text_width()) {
            self.line(&line);
        }
        self.line("");
    }

    fn facts(&mut self, shown: &Shown) {
        let (page, computed) = (&shown.page, &shown.computed);
        let (person, today) = (&page.person, self.screen.today);
        let mut next = String::new();
        if let Some(step) = &person.next {
            let day = dates::show(step.on, today);
            let gap = if step.why.is_empty() { "" } else { ": " };
            next = format!("{day} ({}){gap}{}", dates::distance(step.on, today), step.why);
        }
        self.labelled("next", &next);
        let mut tier = person.tier.map(|tier| tier.to_string()).unwrap_or_default();
        if let Some(every) = computed.keep_warm_every {
            tier.push_str(&format!(", every {every} days"));
        }
        if let Some(due) = computed.keep_warm_due {
            tier.push_str(&format!("; due {}", dates::distance(due, today)));
        }
        self.labelled("tier", &tier);
        let tags: Vec<&str> = person.tags.iter().map(String::as_str).collect();
        self.labelled("tags", &tags.join(", "));
        self.labelled("introduced by", page.introduced_by.as_deref().unwrap_or_default());
        self.labelled("introduced", &page.introduced.join(", "));
        let earlier: Vec<&str> = person.earlier.iter().map(String::as_str).collect();
        self.labelled("before", &earlier.join(", "));
        let connected = person.connected_on.map(|on| dates::show(on, today));
        self.labelled("connected", &connected.unwrap_or_default());
        self.also(&person.also);
    }

    fn reach(&mut self, shown: &Shown) {
        let Some(details) = &shown.page.details else { return };
        for reach in &details.reach {
            let kind = match reach.kind {
                ReachKind::Email => "e-mail",
                ReachKind::Phone => "phone",
                ReachKind::Address => "address",
                ReachKind::Link => "link",
            };
            let label = &reach.entry.label;
            let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
            self.labelled(kind, &format!("{}{label}", reach.entry.value));
        }
        self.labelled("birthday", details.birthday.as_deref().unwrap_or_default());
        self.also(&details.also);
    }

    fn company(&mut self, shown: &Shown) {
        let Some(company) = &shown.page.company else { return };
        if company.target {
            let score = |name: &str, value: Option<u8>| {
                value.map_or(String::new(), |value| format!(", {name} {value}"))
            };
            let motivation = score("motivation", company.motivation);
            let posting = score("posting", company.posting);
            self.labelled("target", &format!("{}{motivation}{posting}", company.name));
        }
        self.also(&company.also);
        self.notes(&format!("About {}", text::clean(&company.name)), &company.notes);
    }

    fn notes(&mut self, head: &str, notes: &[NoteRow]) {
        if notes.is_empty() {
            return;
        }
        self.section(head);
        for note in notes {
            let day = note.on.map(|on| dates::show(on, self.screen.today));
            self.dated(&day.unwrap_or_default(), &note.text);
        }
    }

    fn talks(&mut self, shown: &Shown) {
        let page = &shown.page;
        let last = shown.computed.days_since_last;
        let last = last.map_or(String::new(), |days| match days {
            0 => "; last one today".to_owned(),
            days => format!("; last one {} ago", dates::period(days.unsigned_abs())),
        });
        let count = match page.interactions {
            0 => "No talk logged".to_owned(),
            count => text::count(count, "talk", "talks"),
        };
        self.section(&format!("{count}{last}"));
        for row in &page.timeline {
            self.talk(row);
        }
        let shown = page.timeline.len() as u64;
        if shown < page.interactions {
            let rest = text::thousands(page.interactions - shown);
            self.line(&self.screen.ink(Ink::Dim, &format!("{rest} earlier (--limit 0 for all)")));
        }
    }

    fn talk(&mut self, row: &InteractionRow) {
        let day = dates::show(row.on, self.screen.today);
        let got: Vec<String> = row.got.iter().map(ToString::to_string).collect();
        let mut about = vec![row.channel.to_string()];
        if row.people.len() > 1 {
            about.push(format!("{} people", row.people.len()));
        }
        if !got.is_empty() {
            about.push(format!("got {}", got.join(", ")));
        }
        let about = about.join("; ");
        let said = if row.text.is_empty() { about } else { format!("{} [{about}]", row.text) };
        self.dated(&day, &said);
        self.also(&row.also);
    }

    /// How to settle values that differ between devices.
    fn settle(&mut self, shown: &Shown) {
        let page = &shown.page;
        let details = page.details.as_ref().is_some_and(|details| !details.also.is_empty());
        if page.person.also.is_empty() && !details {
            return;
        }
        let hint = "`also` was written on another device at the same time; set the right value \
                    with `goodword edit`.";
        self.line("");
        for line in text::wrap(hint, self.screen.text_width()) {
            self.line(&self.screen.ink(Ink::Dim, &line));
        }
    }

    fn also(&mut self, also: &BTreeSet<Also>) {
        for other in also {
            let value = format!("{} also: {}", other.field, other.value);
            self.inked("", &value, Ink::Warn);
        }
    }

    fn section(&mut self, head: &str) {
        self.line("");
        self.line(&self.screen.ink(Ink::Head, head));
    }

    fn dated(&mut self, day: &str, said: &str) {
        let indent = " ".repeat(LABEL_COLUMNS);
        let room = self.screen.text_width().saturating_sub(LABEL_COLUMNS).max(20);
        let mut label = self.screen.ink(Ink::Dim, &format!("{day:<LABEL_COLUMNS$}"));
        let lines = text::clean_lines(said).flat_map(|line| text::wrap(&line, room));
        for line in lines.collect::<Vec<String>>() {
            self.line(&format!("{label}{line}"));
            label.clone_from(&indent);
        }
    }

    fn labelled(&mut self, label: &str, value: &str) {
        self.inked(label, value, Ink::Plain);
    }

    fn inked(&mut self, label: &str, value: &str, ink: Ink) {
        let room = self.screen.text_width().saturating_sub(LABEL_COLUMNS).max(20);
        let indent = " ".repeat(LABEL_COLUMNS);
        let mut label = self.screen.ink(Ink::Dim, &format!("{label:<LABEL_COLUMNS$}"));
        for line in text::wrap(&text::clean(value), room) {
            self.line(&format!("{label}{}", self.screen.ink(ink, &line)));
            label.clone_from(&indent);
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests;

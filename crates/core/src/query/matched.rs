//! The text in which the words of a search were found, for the people whom it lists.
//!
//! Read from views, and only of people whose own line does not show the words: name, title and
//! company speak for themselves.

use jiff::civil::Date;

use super::Matched;
use crate::store::{Error, Reader};
use crate::text;
use crate::view::key::{Key, tag};
use crate::view::{DetailsRow, InteractionRow, PersonRow, PrivateRow};

/// Latest conversations of one person that are looked through.
///
/// Ten times what a close contact of years has; a list of fifty stays under a tenth of a second.
const CONVERSATIONS_MAX: usize = 1_000;

/// Characters shown before the word, so that it stands in the first half of a narrow line.
const BEFORE_CHARS: usize = 24;

/// Characters shown in all: as many as a wide terminal has in one line.
const SHOWN_CHARS: usize = 160;

/// Where the words that `person`'s line does not show were found; all of `words` are folded.
pub(super) fn of(
    store: &Reader,
    person: &PersonRow,
    words: &[String],
) -> Result<Option<Matched>, Error> {
    let shown = [Some(&person.name), person.title.as_ref(), person.company.as_ref()];
    let is_shown =
        |word: &String| shown.iter().flatten().any(|text| text::begins_at(text, word).is_some());
    let wanted: Vec<&str> =
        words.iter().filter(|word| !is_shown(word)).map(String::as_str).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut best = Best { wanted, found: 0, matched: None };
    best.look_through(store, person)?;
    Ok(best.matched)
}

/// The text with most of the wanted words; of equal ones the first looked at.
struct Best<'w> {
    wanted: Vec<&'w str>,
    found: usize,
    matched: Option<Matched>,
}

impl Best<'_> {
    fn look_through(&mut self, store: &Reader, person: &PersonRow) -> Result<(), Error> {
        for note in person.notes.iter().rev() {
            self.look_at(&note.text, note.on);
        }
        let timeline = Key::new(tag::TIMELINE).record(&person.record).done();
        let mut left = CONVERSATIONS_MAX;
        store.scan(&timeline, true, &mut |_, value| {
            let said: InteractionRow = super::answer::decode(value)?;
            self.look_at(&said.text, Some(said.on));
            left -= 1;
            Ok(left > 0 && !self.has_all())
        })?;
        for tag in &person.tags {
            self.look_at(&format!("tag {tag}"), None);
        }
        for company in &person.earlier {
            self.look_at(&format!("earlier at {company}"), None);
        }
        if self.has_all() {
            return Ok(());
        }
        let private: Option<PrivateRow> =
            store.row(&Key::new(tag::PRIVATE).record(&person.record).done())?;
        for note in private.iter().flat_map(|private| private.notes.iter().rev()) {
            self.look_at(&note.text, note.on);
        }
        let details: Option<DetailsRow> =
            store.row(&Key::new(tag::DETAILS).record(&person.record).done())?;
        for reach in details.iter().flat_map(|details| &details.reach) {
            self.look_at(&reach.entry.value, None);
        }
        Ok(())
    }

    fn has_all(&self) -> bool {
        self.found == self.wanted.len()
    }

    fn look_at(&mut self, text: &str, on: Option<Date>) {
        if self.has_all() {
            return;
        }
        let places = self.wanted.iter().filter_map(|word| text::begins_at(text, word));
        let (found, first) = places.fold((0, usize::MAX), |(n, at), place| (n + 1, at.min(place)));
        if found > self.found {
            self.found = found;
            self.matched = Some(Matched { on, text: around(text, first) });
        }
    }
}

/// The part of a text around the byte `at`, in one line.
fn around(text: &str, at: usize) -> String {
    let (before, after) = text.split_at(at);
    let skipped = before.chars().count().saturating_sub(BEFORE_CHARS);
    let from = before.char_indices().nth(skipped).map_or(at, |(from, _)| from);
    let mut begin = &before[from..];
    if skipped > 0 {
        // A word that is cut in two says nothing.
        begin = begin.split_once(char::is_whitespace).map_or("", |(_, whole)| whole);
    }
    let room = SHOWN_CHARS.saturating_sub(begin.chars().count());
    let mut end = after;
    let cut = after.char_indices().nth(room).map(|(to, _)| to);
    if let Some(to) = cut {
        end = after[..to].rsplit_once(char::is_whitespace).map_or(&after[..to], |(whole, _)| whole);
    }
    let mut shown = String::new();
    if skipped > 0 {
        shown.push('…');
    }
    shown.push_str(begin);
    shown.push_str(end);
    if cut.is_some() {
        shown.push('…');
    }
    shown.split_whitespace().collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_shown_whole_and_in_one_line() {
        assert_eq!(around("coffee,\nhiring freeze", 8), "coffee, hiring freeze");
    }

    #[test]
    fn a_long_text_is_cut_at_words_on_both_sides() {
        let text = format!("{} hiring freeze {}", "talked ".repeat(40), "until May ".repeat(40));
        let shown = around(&text, text.find("hiring").unwrap_or(0));
        assert!(shown.starts_with("…talked talked"), "{shown}");
        assert!(shown.contains("hiring freeze until May"), "{shown}");
        assert!(shown.ends_with('…') && shown.chars().count() <= SHOWN_CHARS + 2, "{shown}");
    }
}

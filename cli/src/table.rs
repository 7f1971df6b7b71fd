//! Columns of text that fit the screen.
//!
//! On a narrow screen the least important columns are left out, then those that may shrink are
//! cut, widest first, by display width; without a terminal nothing is cut. Cells hold plain text:
//! they are made harmless here.

use std::collections::BTreeMap;

use crate::screen::{Ink, Screen};
use crate::text;

/// Columns between two columns.
const GAP: usize = 2;

/// A shrinking column is not cut below this many columns.
const SHRUNK_MIN: usize = 8;

/// Columns are left out before any other is cut below this many columns.
const SHRUNK_READABLE: usize = 18;

/// A column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    head: &'static str,
    ink: Ink,
    shrinks: bool,
    right: bool,
    dispensable: u8,
}

impl Column {
    /// A column with a head.
    pub fn new(head: &'static str) -> Self {
        Self { head, ..Self::default() }
    }

    /// Draws its cells in `ink`.
    pub fn ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }

    /// May be cut when the screen is narrow.
    pub fn shrinks(mut self) -> Self {
        self.shrinks = true;
        self
    }

    /// May be left out when the screen is narrow, the highest `rank` first.
    pub fn dispensable(mut self, rank: u8) -> Self {
        self.dispensable = rank;
        self
    }

    /// Aligns its cells to the right.
    pub fn right(mut self) -> Self {
        self.right = true;
        self
    }
}

/// A cell: a text, and an ink if it is not its column's.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    ink: Option<Ink>,
}

impl Cell {
    /// A cell in an ink of its own.
    pub fn inked(text: impl AsRef<str>, ink: Ink) -> Self {
        Self { ink: Some(ink), ..Self::from(text.as_ref()) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self { text: text::clean(text).into_owned(), ink: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Option<String>> for Cell {
    fn from(text: &Option<String>) -> Self {
        Self::from(text.as_deref().unwrap_or_default())
    }
}

/// Rows of cells under columns.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// Running text below rows, by the place of the row.
    below: BTreeMap<usize, String>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new(), below: BTreeMap::new() }
    }

    /// Adds a row; one cell for each column.
    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        let cells = cells.into();
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// Adds a line below the row added last, cut where the screen ends.
    pub fn below(&mut self, text: &str) {
        if let Some(last) = self.rows.len().checked_sub(1) {
            self.below.insert(last, format!("  {}", text::clean(text)));
        }
    }

    /// Draws the table, each line ended; nothing at all for a table without rows.
    ///
    /// Columns that are empty in every row are left out; heads are drawn if any column has one.
    pub fn draw(&self, screen: &Screen) -> String {
        let shown = self.shown(screen.width);
        let widths = self.widths(&shown, screen.width);
        let mut out = String::new();
        if self.rows.is_empty() {
            return out;
        }
        if self.columns.iter().any(|column| !column.head.is_empty()) {
            let heads = shown.iter().map(|i| {
                let column = &self.columns[*i];
                (column.head, Ink::Dim, column.right)
            });
            draw_line(&mut out, heads, &widths, screen);
        }
        for (place, row) in self.rows.iter().enumerate() {
            let cells = shown.iter().map(|i| {
                let (column, cell) = (&self.columns[*i], &row[*i]);
                (cell.text.as_str(), cell.ink.unwrap_or(column.ink), column.right)
            });
            draw_line(&mut out, cells, &widths, screen);
            if let Some(below) = self.below.get(&place) {
                let below = text::truncate(below, screen.width.unwrap_or(usize::MAX));
                out.push_str(&screen.ink(Ink::Dim, &below));
                out.push('\n');
            }
        }
        out
    }

    /// Columns that have content and for which there is room.
    fn shown(&self, limit: Option<usize>) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.columns.len())
            .filter(|i| self.rows.iter().any(|row| !row[*i].text.is_empty()))
            .collect();
        let Some(limit) = limit else { return shown };
        let least = |i: &usize| match self.columns[*i].shrinks {
            true => self.natural(*i).min(SHRUNK_READABLE),
            false => self.natural(*i),
        };
        while shown.iter().map(least).sum::<usize>() + gaps(shown.len()) > limit {
            let rank = |at: &usize| self.columns[shown[*at]].dispensable;
            match (0..shown.len()).max_by_key(rank) {
                Some(at) if rank(&at) > 0 => shown.remove(at),
                _ => break,
            };
        }
        shown
    }

    fn natural(&self, i: usize) -> usize {
        let cells = self.rows.iter().map(|row| text::width(&row[i].text));
        cells.max().unwrap_or(0).max(text::width(self.columns[i].head))
    }

    fn widths(&self, shown: &[usize], limit: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = shown.iter().map(|i| self.natural(*i)).collect();
        let Some(limit) = limit else { return widths };
        while widths.iter().sum::<usize>() + gaps(shown.len()) > limit {
            let widest = (0..shown.len())
                .filter(|i| self.columns[shown[*i]].shrinks && widths[*i] > SHRUNK_MIN)
                .max_by_key(|i| widths[*i]);
            let Some(widest) = widest else { break };
            widths[widest] -= 1;
        }
        widths
    }
}

fn gaps(columns: usize) -> usize {
    GAP * columns.saturating_sub(1)
}

fn draw_line<'a>(
    out: &mut String,
    cells: impl Iterator<Item = (&'a str, Ink, bool)>,
    widths: &[usize],
    screen: &Screen,
) {
    let mut line = String::new();
    let mut blank = 0;
    for ((cell, ink, right), columns) in cells.zip(widths) {
        let cut = text::truncate(cell, *columns);
        let spare = columns - text::width(&cut);
        let before = if right { spare } else { 0 };
        if !cut.is_empty() {
            line.extend(std::iter::repeat_n(' ', blank + before));
            line.push_str(&screen.ink(ink, &cut));
            blank = spare - before + GAP;
        } else {
            blank += spare + GAP;
        }
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn screen(width: Option<usize>) -> Screen {
        Screen { width, colour: false, today: date(2026, 11, 20) }
    }

    fn people() -> Table {
        let mut table = Table::new([
            Column::new("name").ink(Ink::Name).shrinks(),
            Column::new("company").shrinks(),
            Column::new("days").right(),
        ]);
        table.row(["Ada Rilo".into(), "Sakumi".into(), "12".into()]);
        table.row(["東京 太郎".into(), "".into(), "7".into()]);
        let long = "Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau";
        table.row([long.into(), "Kinto Instruments".into(), "120".into()]);
        table
    }

    #[test]
    fn a_table_fits_its_screen_and_is_whole_without_one() {
        insta::assert_snapshot!(people().draw(&screen(Some(40))), @r#"
        name              company           days
        Ada Rilo          Sakumi              12
        東京 太郎                              7
        Bartholomea-Ale…  Kinto Instrumen…   120
        "#);
        insta::assert_snapshot!(people().draw(&screen(None)), @r#"
        name                                                           company            days
        Ada Rilo                                                       Sakumi               12
        東京 太郎                                                                            7
        Bartholomea-Alexandrina von Unter-Oberhausen zu Kleinwiesenau  Kinto Instruments   120
        "#);
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in 28..100 {
            for line in people().draw(&screen(Some(width))).lines() {
                assert!(text::width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_line_below_a_row_is_cut_where_the_screen_ends() {
        let mut table = Table::new([Column::new("name")]);
        table.row(["Ada Rilo".into()]);
        table.below("coffee,\nhiring freeze");
        table.row(["Bo Nato".into()]);
        let wide = "name\nAda Rilo\n  coffee, hiring freeze\nBo Nato\n";
        assert_eq!(table.draw(&screen(None)), wide);
        let narrow = "name\nAda Rilo\n  coffee, hi…\nBo Nato\n";
        assert_eq!(table.draw(&screen(Some(13))), narrow);
    }

    #[test]
    fn a_column_without_content_is_left_out() {
        let mut table = Table::new([Column::new("a"), Column::new("b"), Column::new("c")]);
        table.row(["1".into(), "".into(), "3".into()]);
        assert_eq!(table.draw(&screen(None)), "a  c\n1  3\n");
    }
}

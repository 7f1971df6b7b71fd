//! How an answer is to be drawn: how wide, in colour or not, on which day.
//!
//! Drawing is a pure function of an answer and of this, so that tests can look at it.

use anstyle::{AnsiColor, Style};
use jiff::civil::Date;

/// What drawing depends on besides the answer.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns; `None` when there is no terminal, and nothing is cut.
    pub width: Option<usize>,
    /// Whether to use colour.
    pub colour: bool,
    /// The user's calendar day.
    pub today: Date,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Ordinary text.
    #[default]
    Plain,
    /// The name of a person or company.
    Name,
    /// The head of a section or column.
    Head,
    /// Of less weight: ids, hints, commands.
    Dim,
    /// Something good, or added.
    Good,
    /// Something that wants attention: due, changed.
    Warn,
    /// Something overdue, wrong or taken away.
    Bad,
}

impl Ink {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Name | Self::Head => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }

    /// Returns `text` in this ink if `colour` is wanted.
    pub fn draw(self, text: &str, colour: bool) -> String {
        if !colour || self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

impl Screen {
    /// Returns `text` in `ink`.
    pub fn ink(&self, ink: Ink, text: &str) -> String {
        ink.draw(text, self.colour)
    }

    /// Columns for running text: the terminal's, but no more than reads well.
    pub fn text_width(&self) -> usize {
        self.width.map_or(100, |width| width.min(100))
    }
}

//! `today`: whom to get in touch with, why, and the command that logs it.

use std::time::Duration;

use clap::Args;
use goodword_core::{DeviceId, Now};
use goodword_core::query::{Act, MORE_MAX, Today as Question, TodayLine, TodayList};
use goodword_core::store::Reader;
use goodword_core::view::PersonRow;
use goodword_daemon::Waiting;
use jiff::civil::Date;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::screen::{Ink, Screen};
use crate::table::{Cell, Column, Table};
use crate::verb::pair;
use crate::watch::watch;
use crate::{dates, person, text};

/// Lines of the day: as many as somebody does in one.
pub const LINES_MAX: usize = 10;

/// How long the daemon may take to say who waits to be let in.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows whom to get in touch with today, and why
///
///   goodword today
///   goodword today --limit 3
///   goodword today --watch       shows it again whenever it has changed
///
/// Due by a next step that you set, an introduction that waits, or the cadence of a tier (inner 30,
/// active 60, network 90 days since the last talk). People without a tier are never due by
/// themselves.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Today {
    /// At most so many lines
    #[arg(long, value_name = "NUMBER", default_value_t = LINES_MAX)]
    limit: usize,

    /// Shows the list again whenever it has changed, until Ctrl-C; needs the daemon
    #[arg(long)]
    watch: bool,
}

/// The day's list with the command for each line.
#[derive(Debug, Serialize)]
pub struct Day {
    /// The user's calendar day.
    pub on: Date,
    /// Devices that wait to be let in.
    pub waiting: Vec<Waits>,
    /// Most pressing first.
    pub lines: Vec<Line>,
    /// How many more are due.
    pub more: u64,
    /// People without a tier.
    pub untriaged: u64,
    /// People in all.
    pub people: u64,
}

/// A device that asks to join, and the command that lets it in.
#[derive(Debug, Serialize)]
pub struct Waits {
    device: DeviceId,
    name: String,
    code: String,
    command: String,
}

/// One line of the day.
#[derive(Debug, Serialize)]
pub struct Line {
    act: Act,
    person: Option<PersonRow>,
    due: Date,
    reason: String,
    command: String,
}

impl Today {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.watch {
            let draw = |day: &Day| Ok(day.draw(&context.output.screen(day.on)));
            return watch(context, || self.ask(context), draw);
        }
        let day = self.ask(context)?;
        context.output.answer(&day, || day.draw(&context.output.screen(day.on)))
    }

    fn ask(&self, context: &Context) -> Result<Day, CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        Day::ask(context, &reader, now, self.limit)
    }
}

impl Day {
    /// Asks for the day's list.
    pub fn ask(
        context: &Context,
        reader: &Reader,
        now: Now,
        limit: usize,
    ) -> Result<Self, CliError> {
        let TodayList { lines, more, untriaged, people } =
            reader.ask(&Question { on: now.today, limit })?;
        let lines = lines.into_iter().map(|line| Line::new(line, untriaged)).collect();
        let waiting = waiting(context).unwrap_or_default();
        Ok(Self { on: now.today, waiting, lines, more, untriaged, people })
    }

    /// Draws it: a line for each if the screen is wide enough, otherwise two.
    pub fn draw(&self, screen: &Screen) -> String {
        let mut out = screen.ink(Ink::Head, &dates::show(self.on, self.on));
        out.push('\n');
        out.extend(self.waiting.iter().map(|one| one.draw(screen)));
        if self.lines.is_empty() {
            out.push_str("Nothing is due.\n");
        }
        let table = self.table();
        let plain = table.draw(&Screen { width: None, colour: false, ..*screen });
        let fits = |line: &str| screen.width.is_none_or(|width| text::width(line) <= width);
        if plain.lines().all(fits) {
            out.push_str(&match screen.colour {
                true => table.draw(&Screen { width: None, ..*screen }),
                false => plain,
            });
        } else {
            for (i, line) in self.lines.iter().enumerate() {
                out.push_str(&line.draw_narrow(i + 1, screen));
            }
        }
        out.push_str(&self.draw_rest(screen));
        out
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::default().right().ink(Ink::Dim),
            Column::default(),
            Column::default().ink(Ink::Name),
            Column::default(),
            Column::default(),
            Column::default().ink(Ink::Dim),
        ]);
        for (i, line) in self.lines.iter().enumerate() {
            let (due, ink) = line.due(self.on);
            let name = line.person.as_ref().map_or("", |row| row.name.as_str());
            table.row([
                format!(" {}", i + 1).into(),
                line.word().into(),
                name.into(),
                line.reason(self.on).into(),
                Cell::inked(due, ink),
                line.command.as_str().into(),
            ]);
        }
        table
    }

    fn draw_rest(&self, screen: &Screen) -> String {
        let mut rest = Vec::new();
        if self.more > 0 {
            let least = if self.more == MORE_MAX { "at least " } else { "" };
            let more = text::thousands(self.more);
            rest.push(format!("{least}{more} more due (`goodword today --limit 100`)"));
        }
        let told = self.lines.iter().any(|line| line.act == Act::Triage);
        if self.untriaged > 0 && !told {
            let waiting = text::count(self.untriaged, "person waits", "people wait");
            rest.push(format!("{waiting} to be sorted (`goodword triage`)"));
        }
        if self.people == 0 {
            rest.push("Or somebody by hand: `goodword add \"Ada Rilo\"`".to_owned());
        }
        if rest.is_empty() {
            return String::new();
        }
        let rest = format!("{}.", rest.join("; "));
        let lines = text::wrap(&rest, screen.width.unwrap_or(usize::MAX)).into_iter();
        lines.map(|line| screen.ink(Ink::Dim, &line) + "\n").collect()
    }
}

impl Waits {
    fn new(waiting: Waiting) -> Self {
        let Waiting { device, name, code } = waiting;
        Self { device, name, code, command: format!("goodword pair --confirm {}", device.short()) }
    }

    fn draw(&self, screen: &Screen) -> String {
        let name = text::clean(&self.name);
        let line = format!("{name} asks to join and shows {}:", self.code);
        format!("{} {}\n", screen.ink(Ink::Warn, &line), self.command)
    }
}

/// Who waits at the daemon; `None` if there is none that says so.
fn waiting(context: &Context) -> Option<Vec<Waits>> {
    let mut daemon = context.home.daemon().ok()??;
    // The day's list never waits for somebody who has borrowed the store.
    daemon.wait_at_most(PATIENCE).ok()?;
    Some(pair::waiting(&mut daemon).ok()?.into_iter().map(Waits::new).collect())
}

impl Line {
    fn new(line: TodayLine, untriaged: u64) -> Self {
        let TodayLine { act, person, called, due, reason } = line;
        let reason = match act {
            Act::Triage => {
                let people = text::count(untriaged, "person has", "people have");
                format!("{people} no tier, so nothing makes them due")
            }
            Act::FollowUp | Act::Write | Act::KeepWarm | Act::Import => reason,
        };
        let who = called.map(|words| person::quoted(&words)).unwrap_or_default();
        let command = match act {
            Act::FollowUp | Act::KeepWarm => format!("goodword log {who} \"…\""),
            Act::Write => format!("goodword log {who} \"mail: …\""),
            Act::Triage => "goodword triage".to_owned(),
            Act::Import => "goodword import Connections.csv".to_owned(),
        };
        Self { act, person, due, reason, command }
    }

    fn word(&self) -> &'static str {
        match self.act {
            Act::FollowUp => "follow up",
            Act::Write => "write",
            Act::KeepWarm => "keep warm",
            Act::Triage => "triage",
            Act::Import => "import",
        }
    }

    /// The reason, with the days in it as people read them.
    fn reason(&self, today: Date) -> String {
        let words = self.reason.split(' ').map(|word| match word.parse::<Date>() {
            Ok(day) => dates::show(day, today),
            Err(_) => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        text::clean(&words.join(" ")).into_owned()
    }

    fn due(&self, today: Date) -> (String, Ink) {
        let days = dates::days_between(self.due, today);
        match self.act {
            Act::Triage | Act::Import => (String::new(), Ink::Plain),
            Act::FollowUp | Act::Write | Act::KeepWarm => match days {
                ..=0 => ("due today".to_owned(), Ink::Warn),
                _ => (format!("{} late", dates::period(days.unsigned_abs())), Ink::Bad),
            },
        }
    }

    fn draw_narrow(&self, number: usize, screen: &Screen) -> String {
        let width = screen.width.unwrap_or(usize::MAX);
        let (due, ink) = self.due(screen.today);
        let name = self.person.as_ref().map_or(String::new(), |row| text::clean(&row.name).into_owned());
        let room = width.saturating_sub(15 + text::width(&due) + 2);
        let name = text::truncate(&name, room);
        let reason = self.reason(screen.today);
        let reason = text::truncate(&reason, width.saturating_sub(4)).into_owned();
        let mut out = format!(
            "{} {:<9}  {}",
            screen.ink(Ink::Dim, &format!("{number:>2} ")),
            self.word(),
            screen.ink(Ink::Name, &name)
        );
        if !due.is_empty() {
            out.push_str("  ");
            out.push_str(&screen.ink(ink, &due));
        }
        out = format!("{}\n    {reason}", out.trim_end());
        let command = text::clean(&self.command).into_owned();
        if text::width(&reason) + text::width(&command) + 6 <= width {
            out.push_str("  ");
        } else {
            out.push_str("\n    ");
        }
        format!("{out}{}\n", screen.ink(Ink::Dim, &command))
    }
}

#[cfg(test)]
mod tests;

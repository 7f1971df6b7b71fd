//! `goodword` alone: today, and what to do next.

use goodword_core::model::Tier;
use goodword_core::query::{Companies, People};
use goodword_core::store::Reader;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::screen::Ink;
use crate::text;
use crate::verb::today::{Day, LINES_MAX};

/// Next steps shown: three can be remembered.
const STEPS_MAX: usize = 3;

/// What to do next, and the command that does it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Step {
    command: &'static str,
    what: &'static str,
}

#[derive(Serialize)]
struct Welcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    today: Option<Day>,
    next: Vec<Step>,
}

/// Runs it.
pub fn run(context: &Context) -> Result<(), CliError> {
    if !context.home.has_store() || context.home.read()?.book()?.is_none() {
        return without_a_book(context);
    }
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let day = Day::ask(context, &reader, now, LINES_MAX)?;
    let next = steps(&Known::ask(&reader, &day)?);
    let screen = context.output.screen(now.today);
    let welcome = Welcome { today: Some(day), next };
    context.output.answer(&welcome, || {
        let day = welcome.today.as_ref().map(|day| day.draw(&screen));
        format!("{}\n{}", day.unwrap_or_default(), draw(&welcome.next, screen.colour))
    })
}

fn without_a_book(context: &Context) -> Result<(), CliError> {
    let next = vec![
        Step {
            command: "goodword init --name \"Mira Tolo\"",
            what: "begin your book on this device",
        },
        Step { command: "goodword join INVITATION", what: "bring it here from your other device" },
        Step { command: "goodword demo", what: "look around in a made-up network" },
    ];
    let welcome = Welcome { today: None, next };
    context.output.answer(&welcome, || {
        let steps = draw(&welcome.next, context.output.colour());
        format!(
            "goodword keeps your professional network on your own devices, and says whom to get \
             in touch with today.\n\n{steps}"
        )
    })
}

/// What the steps depend on.
#[derive(Debug, Default)]
struct Known {
    people: u64,
    untriaged: u64,
    inner: u64,
    targets: usize,
}

impl Known {
    fn ask(reader: &Reader, day: &Day) -> Result<Self, CliError> {
        let inner = People { tier: Some(Tier::Inner), limit: 1, ..People::default() };
        Ok(Self {
            people: day.people,
            untriaged: day.untriaged,
            inner: reader.ask(&inner)?.total,
            targets: reader.ask(&Companies { targets: true, limit: 1 })?.len(),
        })
    }
}

fn steps(known: &Known) -> Vec<Step> {
    let all = [
        (
            known.people == 0,
            Step {
                command: "goodword import Connections.csv",
                what: "bring in the network that you have (LinkedIn or vCard)",
            },
        ),
        (
            known.people == 0,
            Step {
                command: "goodword add \"Ada Rilo\" --company Sakumi",
                what: "add somebody by hand",
            },
        ),
        (
            known.targets == 0,
            Step {
                command: "goodword target add \"Sakumi\" --motivation 3",
                what: "name a company that you want to work at",
            },
        ),
        (
            known.untriaged > 0,
            Step {
                command: "goodword triage",
                what: "sort people, one key each; target companies first",
            },
        ),
        (
            known.people > 0 && known.inner == 0,
            Step {
                command: "goodword edit NAME --tier inner",
                what: "choose whom to keep closest",
            },
        ),
        (
            known.people > 0,
            Step { command: "goodword log NAME \"coffee, …\"", what: "log a talk in one line" },
        ),
        (true, Step { command: "goodword pair", what: "have it on a second device, too" }),
        (true, Step { command: "goodword find WORDS", what: "find people by any word" }),
    ];
    let wanted = all.into_iter().filter(|(wanted, _)| *wanted);
    wanted.map(|(_, step)| step).take(STEPS_MAX).collect()
}

fn draw(steps: &[Step], colour: bool) -> String {
    let widest = steps.iter().map(|step| text::width(step.command)).max().unwrap_or(0);
    let line = |step: &Step| {
        let blank = " ".repeat(widest - text::width(step.command));
        let command = Ink::Name.draw(step.command, colour);
        format!("  {command}{blank}  {}\n", step.what)
    };
    format!("Next:\n{}", steps.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_book_begins_with_an_import() {
        let steps = steps(&Known::default());
        assert_eq!(steps.len(), STEPS_MAX);
        assert!(steps[0].command.starts_with("goodword import"));
    }

    #[test]
    fn a_book_full_of_unsorted_people_asks_for_targets_then_triage() {
        let steps = steps(&Known { people: 300, untriaged: 300, ..Known::default() });
        let commands: Vec<&str> = steps.iter().map(|step| step.command).collect();
        assert!(commands[0].starts_with("goodword target"));
        assert_eq!(commands[1], "goodword triage");
    }
}

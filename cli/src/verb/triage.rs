//! `triage`: one key per person decides how close to keep them.
//!
//! Every key is a command of its own, committed before the next person is shown, so that leaving
//! at any time loses nothing and other commands can write in between.

mod queue;

use clap::Args;
use goodword_core::model::{PersonEdit, Tier};
use goodword_core::query::{PeopleList, PersonLine};
use goodword_core::{Change, CommandId, Now, RecordId};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::screen::Ink;
use crate::{dates, person, prompt, text};
use queue::Queue;

/// Said when nobody is without a tier.
const NOBODY_WAITS: &str = "Nobody waits to be sorted.\n";

/// Sorts people into tiers, one key for each; people at target companies come first
///
///   goodword triage
///   goodword triage --company Sakumi
///   goodword triage ada "Bo Nato" --tier active
///   goodword triage --tag alumni --tier network
///
/// Inner people are due every 30 days, active ones every 60, the network every 90; those set aside
/// (not-now) and those never sorted are never due by themselves.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Triage {
    /// Who, if not those who wait; needs --tier
    #[arg(value_name = "PERSON", requires = "tier")]
    people: Vec<String>,

    /// The tier for all of them: inner, active, network, not-now
    #[arg(long, value_name = "WORD")]
    tier: Option<Tier>,

    /// Only those who wait at this company
    #[arg(long, value_name = "NAME", conflicts_with = "people")]
    company: Option<String>,

    /// Only those who wait with this tag
    #[arg(long, value_name = "WORD", conflicts_with = "people")]
    tag: Option<String>,
}

#[derive(Serialize)]
struct Sorted {
    tier: Tier,
    people: Vec<RecordId>,
    command: Option<CommandId>,
    untriaged: u64,
}

impl Triage {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let Some(tier) = self.tier else {
            return self.wait_list(context, now);
        };
        let mut people = Vec::new();
        for name in &self.people {
            people.push(person::resolve(context, &reader, name)?.record);
        }
        if self.people.is_empty() {
            let queue = Queue::ask(&reader, self.company.as_deref(), self.tag.as_deref())?;
            people = queue.waiting.iter().map(|line| line.person.record).collect();
            if people.is_empty() && !context.output.json {
                return context.output.print(NOBODY_WAITS);
            }
            self.confirm(context, tier, people.len())?;
        }
        let change = set_tier(people.clone(), tier);
        let outcome = context.apply(&change, now)?;
        let untriaged = queue::untriaged(&context.read()?)?;
        let sorted = Sorted { tier, people, command: outcome.command, untriaged };
        context.output.answer(&sorted, || {
            let people = text::count(sorted.people.len() as u64, "person is", "people are");
            format!("{people} in the tier {tier}; {}.\n", waiting(sorted.untriaged))
        })
    }

    /// A change of everybody who waits needs a yes.
    fn confirm(&self, context: &Context, tier: Tier, count: usize) -> Result<(), CliError> {
        if context.yes || count <= 1 {
            return Ok(());
        }
        let people = text::count(count as u64, "person", "people");
        if !context.output.is_interactive() {
            return Err(CliError::usage(format!("this sets the tier of {people}"))
                .hint("allow it with --yes"));
        }
        if prompt::confirm(&format!("Set the tier of {people} to {tier}?"), false)? {
            return Ok(());
        }
        Err(CliError::cancelled())
    }

    fn wait_list(&self, context: &Context, now: Now) -> Result<(), CliError> {
        let reader = context.read()?;
        let queue = Queue::ask(&reader, self.company.as_deref(), self.tag.as_deref())?;
        if context.output.json {
            let total = queue.waiting.len() as u64;
            let list = PeopleList { people: queue.waiting, total };
            return context.output.answer(&list, String::new);
        }
        if queue.waiting.is_empty() {
            return context.output.print(NOBODY_WAITS);
        }
        if !context.output.is_interactive() {
            let waiting = text::count(queue.waiting.len() as u64, "person waits", "people wait");
            return Err(CliError::usage(format!("{waiting}, and there is no terminal to ask at"))
                .hint("name them and their tier: goodword triage NAME… --tier active"));
        }
        Sitting { context, now, queue, done: Vec::new() }.run()
    }
}

/// Says how many are still to be sorted.
fn waiting(untriaged: u64) -> String {
    match untriaged {
        0 => "nobody waits any more".to_owned(),
        some => format!("{} to be sorted", text::count(some, "person waits", "people wait")),
    }
}

fn set_tier(people: Vec<RecordId>, tier: Tier) -> Change {
    Change::EditPeople { people, edits: vec![PersonEdit::Tier(Some(tier))] }
}

/// One time through those who wait.
struct Sitting<'a> {
    context: &'a Context,
    now: Now,
    queue: Queue,
    /// The command and the tier for each person gone by; `None` for one skipped.
    done: Vec<Option<(CommandId, Tier)>>,
}

impl Sitting<'_> {
    fn run(mut self) -> Result<(), CliError> {
        self.context.output.note(
            "i inner   a active   n network   x not now   s skip   u undo   q quit\n",
        );
        while self.done.len() < self.queue.waiting.len() {
            self.ask_about(self.done.len())?;
            let step = loop {
                match prompt::key()?.to_ascii_lowercase() {
                    'i' => break Step::Tier(Tier::Inner),
                    'a' => break Step::Tier(Tier::Active),
                    'n' => break Step::Tier(Tier::Network),
                    'x' => break Step::Tier(Tier::NotNow),
                    's' | ' ' => break Step::Skip,
                    'u' if !self.done.is_empty() => break Step::Back,
                    'q' => break Step::Quit,
                    _ => {}
                }
            };
            match step {
                Step::Tier(tier) => self.set(tier)?,
                Step::Skip => {
                    self.done.push(None);
                    self.context.output.note("    skipped");
                }
                Step::Back => self.back()?,
                Step::Quit => break,
            }
        }
        self.sum_up()
    }

    fn ask_about(&self, at: usize) -> Result<(), CliError> {
        let line = &self.queue.waiting[at];
        let of = text::thousands(self.queue.waiting.len() as u64);
        let place = format!("{}/{of}", text::thousands(at as u64 + 1));
        let screen = self.context.output.screen(self.now.today);
        let name = screen.ink(Ink::Name, &text::clean(&line.person.name));
        let about = text::clean(&self.about(line)).into_owned();
        let room = screen.text_width().saturating_sub(4);
        self.context.output.note(&format!("{place}  {name}\n    {}", text::truncate(&about, room)));
        Ok(())
    }

    fn about(&self, line: &PersonLine) -> String {
        let person = &line.person;
        let mut about = vec![text::work(person.title.as_deref(), person.company.as_deref())];
        if let Some(target) = self.queue.target(person) {
            let motivation = target.motivation.map_or(String::new(), |m| format!(" (motivation {m})"));
            about.push(format!("target{motivation}"));
        }
        about.extend(line.last.map(|last| format!("last talk {}", dates::distance(last, self.now.today))));
        about.extend(person.connected_on.map(|on| format!("connected {}", dates::show(on, self.now.today))));
        about.retain(|word| !word.is_empty());
        about.join("; ")
    }

    fn set(&mut self, tier: Tier) -> Result<(), CliError> {
        let record = self.queue.waiting[self.done.len()].person.record;
        let outcome = self.context.apply(&set_tier(vec![record], tier), self.now)?;
        self.done.push(outcome.command.map(|command| (command, tier)));
        self.context.output.note(&format!("    {tier}"));
        Ok(())
    }

    fn back(&mut self) -> Result<(), CliError> {
        if let Some(Some((command, _))) = self.done.pop() {
            self.context.apply(&Change::Undo { command }, self.now)?;
        }
        self.context.output.note("    taken back");
        Ok(())
    }

    fn sum_up(&self) -> Result<(), CliError> {
        let counts: Vec<String> = Tier::ALL
            .iter()
            .filter_map(|tier| {
                let of_tier = |step: &&Option<(CommandId, Tier)>| step.is_some_and(|(_, t)| t == *tier);
                let count = self.done.iter().filter(of_tier).count();
                (count > 0).then(|| format!("{count} {tier}"))
            })
            .collect();
        let sorted = if counts.is_empty() { "nobody".to_owned() } else { counts.join(", ") };
        let rest = waiting(queue::untriaged(&self.context.read()?)?);
        self.context.output.print(&format!("\nSorted: {sorted}. {}.\n", text::capital(&rest)))
    }
}

/// What a key asks for.
enum Step {
    Tier(Tier),
    Skip,
    Back,
    Quit,
}

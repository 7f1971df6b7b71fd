//! `target`: the companies that the search is about.

use clap::{Args, Subcommand};
use goodword_core::Change;
use goodword_core::model::{CompanyEdit, MOTIVATION_MAX, POSTING_MAX};
use goodword_core::query::{Companies, CompanyLine, People};
use goodword_core::store::Reader;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::screen::{Ink, Screen};
use crate::table::{Column, Table};
use crate::text;

/// Names shown of the people known at a company.
const NAMES_MAX: usize = 3;

/// Names the companies that you want to work at, and ranks them
///
///   goodword target add "Sakumi" --motivation 3 --posting 1
///   goodword target ls
///   goodword target drop "Sakumi"
///
/// Ranked by motivation, then by how well an open posting fits, then by how many people you know
/// there. Legal form, case and accents of a name do not matter.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, subcommand_required = true, arg_required_else_help = true)]
pub struct Target {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Makes a company a target, or changes what is known of one
    Add(Add),
    /// Lists targets, the most wanted first
    Ls,
    /// Makes a company no target any more; what is known of it stays
    Drop {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// Its name
    name: String,

    /// How much you want it, 1 to 5
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOTIVATION_MAX)))]
    motivation: Option<u8>,

    /// How well an open posting fits, 0 to 3
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..=i64::from(POSTING_MAX)))]
    posting: Option<u8>,

    /// A note, in the pipeline, which can be shared
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// A note that stays on your own devices
    #[arg(long, value_name = "TEXT")]
    note_private: Option<String>,
}

#[derive(Serialize)]
struct Targeted {
    company: String,
    command: Option<String>,
    target: bool,
    people: u64,
    names: Vec<String>,
}

#[derive(Serialize)]
struct Targets {
    companies: Vec<CompanyLine>,
}

impl Target {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.act {
            Act::Add(add) => edit(context, &add.name, add.edits()),
            Act::Drop { name } => drop_target(context, name),
            Act::Ls => list(context),
        }
    }
}

impl Add {
    fn edits(&self) -> Vec<CompanyEdit> {
        let mut edits = vec![CompanyEdit::Target(true)];
        edits.extend(self.motivation.map(|value| CompanyEdit::Motivation(Some(value))));
        edits.extend(self.posting.map(|value| CompanyEdit::Posting(Some(value))));
        edits.extend(self.note.clone().map(CompanyEdit::Note));
        edits.extend(self.note_private.clone().map(CompanyEdit::PrivateNote));
        edits
    }
}

fn drop_target(context: &Context, name: &str) -> Result<(), CliError> {
    let targets = context.read()?.ask(&Companies { targets: true, limit: 0 })?;
    let wanted = goodword_core::text::company_key(name);
    let is_it = |line: &&CompanyLine| goodword_core::text::company_key(&line.company.name) == wanted;
    let Some(line) = targets.iter().find(is_it) else {
        return Err(CliError::not_found(format!("`{name}` is no target"))
            .hint("`goodword target ls` lists them"));
    };
    edit(context, &line.company.name, vec![CompanyEdit::Target(false)])
}

fn edit(context: &Context, name: &str, edits: Vec<CompanyEdit>) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let target = edits.contains(&CompanyEdit::Target(true));
    let name = name.trim().to_owned();
    let change = Change::EditCompany { name: name.clone(), edits };
    let outcome = context.apply(&change, now)?;
    let (people, names) = known_there(&reader, &name)?;
    let targeted = Targeted {
        command: outcome.command.map(|command| command.to_string()),
        company: name,
        target,
        people,
        names,
    };
    context.output.answer(&targeted, || draw(&targeted))
}

fn known_there(reader: &Reader, company: &str) -> Result<(u64, Vec<String>), CliError> {
    let list = reader.ask(&People {
        company: Some(company.to_owned()),
        limit: 0,
        ..People::default()
    })?;
    let names = list.people.into_iter().map(|line| line.person.name).take(NAMES_MAX);
    Ok((list.total, names.collect()))
}

fn draw(targeted: &Targeted) -> String {
    let company = &targeted.company;
    if !targeted.target {
        let line = format!("{company} is no target any more; what is known of it stays.");
        return text::clean(&line).into_owned() + "\n";
    }
    let rest = targeted.people.saturating_sub(targeted.names.len() as u64);
    let mut names = targeted.names.clone();
    if rest > 0 {
        names.push(format!("{rest} more"));
    }
    let known = match targeted.people {
        0 => "You know nobody there yet; ask the others whom they know.".to_owned(),
        count => {
            let people = text::count(count, "person", "people");
            format!("You know {people} there: {}.", text::list(&names))
        }
    };
    text::clean(&format!("{company} is a target. {known}")).into_owned() + "\n"
}

fn list(context: &Context) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let companies = reader.ask(&Companies { targets: true, limit: 0 })?;
    let screen = context.output.screen(now.today);
    let targets = Targets { companies };
    context.output.long_answer(&targets, || draw_list(&targets.companies, &screen))
}

fn draw_list(companies: &[CompanyLine], screen: &Screen) -> String {
    if companies.is_empty() {
        return "No targets yet. Name one: goodword target add \"Sakumi\" --motivation 3\n".to_owned();
    }
    let mut table = Table::new([
        Column::new("company").ink(Ink::Name).shrinks(),
        Column::new("motivation").right(),
        Column::new("posting").right(),
        Column::new("people").right(),
        Column::new("latest note").shrinks().dispensable(1),
    ]);
    let number = |value: Option<u8>| value.map(|value| value.to_string()).unwrap_or_default();
    for line in companies {
        let note = line.company.notes.last().map_or("", |note| note.text.as_str());
        table.row([
            line.company.name.as_str().into(),
            number(line.company.motivation).into(),
            number(line.company.posting).into(),
            text::thousands(line.people).into(),
            note.into(),
        ]);
    }
    let count = text::count(companies.len() as u64, "target", "targets");
    format!("{}{}\n", table.draw(screen), screen.ink(Ink::Dim, &count))
}

//! The reading door as data: a question by its name, an answer as JSON.

use goodword_core::Question;
use goodword_core::query::{
    AskProfile, Companies, Devices, Export, Find, History, LateEdits, Operations, People, Refusals,
    Resolve, Show, Status, Today,
};
use goodword_core::store::Reader;
use serde_json::Value;

use crate::control::Failure;

type Ask = fn(&Reader, Value) -> Result<Value, Failure>;

/// Every question that can be asked.
const QUESTIONS: [(&str, Ask); 14] = [
    (AskProfile::NAME, ask::<AskProfile>),
    (Companies::NAME, ask::<Companies>),
    (Devices::NAME, ask::<Devices>),
    (Export::NAME, ask::<Export>),
    (Find::NAME, ask::<Find>),
    (History::NAME, ask::<History>),
    (LateEdits::NAME, ask::<LateEdits>),
    (Operations::NAME, ask::<Operations>),
    (People::NAME, ask::<People>),
    (Refusals::NAME, ask::<Refusals>),
    (Resolve::NAME, ask::<Resolve>),
    (Show::NAME, ask::<Show>),
    (Status::NAME, ask::<Status>),
    (Today::NAME, ask::<Today>),
];

/// Names of all questions that can be asked, in order.
pub fn questions() -> impl Iterator<Item = &'static str> {
    QUESTIONS.iter().map(|(name, _)| *name)
}

/// Answers the question called `name`.
pub(crate) fn answer(reader: &Reader, name: &str, question: Value) -> Result<Value, Failure> {
    let known = QUESTIONS.iter().find(|(known, _)| *known == name);
    let (_, ask) = known.ok_or(Failure::Unknown)?;
    ask(reader, question)
}

fn ask<Q: Question>(reader: &Reader, question: Value) -> Result<Value, Failure> {
    let question: Q = serde_json::from_value(question).map_err(|_| Failure::Unknown)?;
    let answer = reader.ask(&question)?;
    serde_json::to_value(answer).map_err(|error| Failure::Other(error.to_string()))
}

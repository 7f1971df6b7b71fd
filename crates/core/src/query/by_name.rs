//! The reading door as data: a question by its name, an answer as JSON.

use serde_json::Value;

use super::{
    AskProfile, Companies, Devices, Export, Find, History, LateEdits, Operations, People, Question,
    Refusals, Resolve, Show, Status, Today,
};
use crate::Error;
use crate::store::Reader;

type Ask = fn(&Reader, Value) -> Result<Option<Value>, Error>;

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

/// Answers the question called `name`; `None` if there is none, or it is not asked like this.
///
/// # Errors
/// As the question itself.
pub fn answer(reader: &Reader, name: &str, question: Value) -> Result<Option<Value>, Error> {
    match QUESTIONS.iter().find(|(known, _)| *known == name) {
        Some((_, ask)) => ask(reader, question),
        None => Ok(None),
    }
}

fn ask<Q: Question>(reader: &Reader, question: Value) -> Result<Option<Value>, Error> {
    let Ok(question) = serde_json::from_value::<Q>(question) else { return Ok(None) };
    let answer = serde_json::to_value(reader.ask(&question)?);
    Ok(Some(answer.expect("BUG: an answer whose JSON has keys other than texts")))
}

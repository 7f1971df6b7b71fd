//! Trying changes somewhere else first, where a panic would end the program: in a browser.
//!
//! There the whole program is started a second time, does [`run`] and nothing else, and is thrown
//! away when that ends badly. Elsewhere nothing is tried outside: a panic is caught.

use std::sync::OnceLock;

use super::{Document, Stuck};

/// Has [`run`] done by another instance of the program; the reason if that refuses, or ends.
pub type Outside = fn(trial: &[u8]) -> Result<(), String>;

/// Once for a program: whether panics can be caught is a matter of the target it is built for.
static OUTSIDE: OnceLock<Outside> = OnceLock::new();

/// From here on every change that a peer sent is tried by `outside` before automerge sees it here.
/// What is said a second time is not heard.
pub fn try_outside(outside: Outside) {
    let _ = OUTSIDE.set(outside);
}

/// Does what is tried, in the other instance: takes the changes, saves the document, loads it.
///
/// # Errors
/// The reason if automerge does not take them, or `trial` is not in form.
pub fn run(trial: &[u8]) -> Result<(), String> {
    let (snapshot, chunks): (&[u8], Vec<&[u8]>) =
        postcard::from_bytes(trial).map_err(|error| error.to_string())?;
    let mut document = Document::load(snapshot).map_err(|Stuck(reason)| reason)?;
    document.apply(&chunks).map_err(|Stuck(reason)| reason)
}

/// Tries `chunks` on `document` outside, if that is done at all.
pub(super) fn outside(document: &Document, chunks: &[&[u8]]) -> Result<(), Stuck> {
    let Some(outside) = OUTSIDE.get() else { return Ok(()) };
    let trial = postcard::to_stdvec(&(document.save()?, chunks));
    outside(&trial.map_err(|error| Stuck(error.to_string()))?).map_err(Stuck)
}

#[cfg(test)]
mod tests {
    use super::super::{Edit, Map};
    use super::*;
    use crate::id::ActorId;

    #[test]
    fn a_trial_takes_what_the_document_takes_and_gives_the_reason_otherwise() {
        let mut document = Document::found();
        let before = document.save().unwrap().to_vec();
        let mut titled = |title: &str| {
            let edits = [Edit::set(Map::Fields, "title", title)];
            document.edit(&ActorId([7; 16]), 0, "edit", &edits).unwrap().unwrap().chunk
        };
        let (first, second) = (titled("buyer"), titled("seller"));
        let trial = |chunks: &[&[u8]]| run(&postcard::to_stdvec(&(&before, chunks)).unwrap());

        assert_eq!(trial(&[&first, &second]), Ok(()));
        assert_eq!(trial(&[&second]), Err("a change was taken but is not there".to_owned()));
        assert!(trial(&[b"nothing"]).is_err());
        assert!(run(b"").is_err());
    }
}

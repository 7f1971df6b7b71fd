//! What only a browser has: its files, its clock, its dice, and the calls of the page's worker.
//!
//! Answers are JSON texts; a call that fails throws one, a [`Failure`]. The module has no threads.

mod file;
mod trial;

use std::rc::Rc;
use std::sync::Arc;

use goodword_core::Now;
use goodword_core::log::Key;
use goodword_core::store::Place;
use goodword_net::{Clock, Mode};
use jiff::Timestamp;
use jiff::civil::Date;
use js_sys::Function;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use web_sys::FileSystemSyncAccessHandle;
use zeroize::Zeroizing;

use self::file::File;
use crate::device::{Device, Failure, Told};

/// Bytes of a device's secret key.
const KEY_BYTES: usize = 32;

/// The device of this origin.
#[wasm_bindgen]
pub struct Phone(Rc<Device>);

#[wasm_bindgen]
impl Phone {
    /// Opens the device whose files these are, or makes one in empty ones. `told` is called with
    /// what it tells of itself.
    ///
    /// # Errors
    /// A failure if the files cannot be read or a newer program wrote them.
    pub fn open(
        store: FileSystemSyncAccessHandle,
        key: FileSystemSyncAccessHandle,
        told: Function,
    ) -> Result<Phone, JsValue> {
        trial::use_another_instance();
        let store = File::new(store);
        let is_new = store.is_empty().map_err(|error| storage(&error))?;
        let key = key_in(&File::new(key), is_new)?;
        let hear = move |one: Told| {
            // A page that is gone hears nothing.
            let _ = told.call1(&JsValue::NULL, &JsValue::from_str(&json(&one)));
        };
        let hear = Arc::new(Single(hear));
        let device = Device::open(
            &Place::Opened(Arc::new(store)),
            is_new,
            key,
            dice()?,
            clock(),
            Arc::new(move |one| (hear.get())(one)),
        );
        Ok(Phone(Rc::new(device.map_err(thrown)?)))
    }

    /// The writing door: a change as JSON; its outcome.
    ///
    /// # Errors
    /// A failure, with nothing done.
    pub fn apply(&self, change: &str) -> Result<String, JsValue> {
        self.0.apply(parsed(change)).map(|outcome| json(&outcome)).map_err(thrown)
    }

    /// The reading door: a question by its name; its answer.
    ///
    /// # Errors
    /// A failure.
    pub fn ask(&self, name: &str, question: &str) -> Result<String, JsValue> {
        self.0.ask(name, parsed(question)).map(|answer| json(&answer)).map_err(thrown)
    }

    /// The user's calendar day, as `2026-11-28`.
    pub fn today(&self) -> String {
        self.0.now().0.to_string()
    }

    /// How it stands.
    ///
    /// # Errors
    /// A failure if the store cannot be read.
    pub fn status(&self) -> Result<String, JsValue> {
        self.0.status().map(|status| json(&status)).map_err(thrown)
    }

    /// Joins with an invitation; resolves when the book is here.
    ///
    /// # Errors
    /// A failure.
    pub async fn join(&self, invitation: String, name: String) -> Result<(), JsValue> {
        let device = self.0.clone();
        device.join(&Zeroizing::new(invitation), &name).await.map_err(thrown)
    }

    /// Goes onto the network, by the relay where the others are.
    ///
    /// # Errors
    /// A failure if the relay's address is none.
    #[wasm_bindgen(js_name = goOnline)]
    pub async fn go_online(&self, relay: Option<String>) -> Result<(), JsValue> {
        let device = self.0.clone();
        device.go_online(Mode::through(relay.as_deref())).await.map_err(thrown)
    }

    /// The relay of a device that is remembered, if any has one.
    pub fn relay(&self) -> Option<String> {
        self.0.relay()
    }

    /// Calls every other device at once.
    pub fn sync(&self) {
        self.0.sync();
    }
}

/// The key of the device, drawn when there is none and the store is new.
fn key_in(file: &File, is_new: bool) -> Result<Key, JsValue> {
    use goodword_core::store::Storage;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    if file.size().map_err(|error| storage(&error))? == KEY_BYTES as u64 {
        file.read(0, &mut *bytes).map_err(|error| storage(&error))?;
    } else if !is_new {
        return Err(storage(&"the key of this device is gone"));
    } else {
        draw(&mut *bytes)?;
        let written = file.resize(0).and_then(|()| file.write(0, &*bytes));
        written.and_then(|()| file.sync()).map_err(|error| storage(&error))?;
    }
    Ok(Key::from_bytes(&bytes))
}

fn dice() -> Result<[u8; 32], JsValue> {
    let mut bytes = [0; 32];
    draw(&mut bytes)?;
    Ok(bytes)
}

fn draw(bytes: &mut [u8]) -> Result<(), JsValue> {
    getrandom::fill(bytes).map_err(|error| storage(&error))
}

/// The browser's clock, in the zone of its user.
fn clock() -> Clock {
    Arc::new(|| {
        let date = js_sys::Date::new_0();
        let at =
            Timestamp::from_millisecond(date.get_time() as i64).unwrap_or(Timestamp::UNIX_EPOCH);
        let day = Date::new(
            date.get_full_year() as i16,
            date.get_month() as i8 + 1,
            date.get_date() as i8,
        );
        Now { at, today: day.unwrap_or(Date::constant(1970, 1, 1)) }
    })
}

fn parsed(text: &str) -> Value {
    // What is no JSON is no question either, and is answered as one that nobody knows.
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("BUG: texts as keys")
}

fn thrown(failure: Failure) -> JsValue {
    JsValue::from_str(&json(&failure))
}

fn storage(error: &dyn std::fmt::Display) -> JsValue {
    thrown(Failure::storage(error))
}

/// A value that stays on the one thread there is.
#[derive(Debug)]
struct Single<T>(T);

impl<T> Single<T> {
    fn get(&self) -> &T {
        &self.0
    }
}

// SAFETY: the module is built without threads (no `atomics`), so nothing can be sent or shared.
#[allow(unsafe_code, reason = "values of the browser are `!Send`, and there is one thread")]
unsafe impl<T> Send for Single<T> {}
// SAFETY: as above.
#[allow(unsafe_code, reason = "values of the browser are `!Send`, and there is one thread")]
unsafe impl<T> Sync for Single<T> {}

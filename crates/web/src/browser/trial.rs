//! Trying what peers sent in another instance of this module, which may end.
//!
//! A panic ends a module in a browser for good. So the page's worker starts the module a second
//! time, without anything of the browser, has it do [`goodword_trial`] and throws it away when it
//! has ended badly or grown.

use goodword_core::trial;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Set by the worker before the module is used: does a trial in another instance; the reason if
    /// it is refused or the instance ended.
    #[wasm_bindgen(js_namespace = globalThis, js_name = goodwordTrial)]
    fn in_another_instance(trial: &[u8]) -> Option<String>;
}

/// From here on trials are done in another instance.
pub(super) fn use_another_instance() {
    trial::try_outside(|bytes| in_another_instance(bytes).map_or(Ok(()), Err));
}

/// Room for `bytes` bytes, in the other instance, for what is tried.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "called from outside, without bindings")]
pub extern "C" fn goodword_trial_room(bytes: usize) -> *mut u8 {
    let room = vec![0_u8; bytes].into_boxed_slice();
    Box::into_raw(room).cast()
}

/// Does the trial that was written into the room of that many bytes, and frees it: 0, or the
/// address of the reason: its length (4, little endian) and its text.
///
/// # Safety
/// `room` comes from [`goodword_trial_room`] with the same `bytes`, and is given once.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "called from outside, without bindings")]
pub unsafe extern "C" fn goodword_trial(room: *mut u8, bytes: usize) -> *const u8 {
    // SAFETY: as the caller promises, it is a boxed slice of that length.
    let trial = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(room, bytes)) };
    match trial::run(&trial) {
        Ok(()) => std::ptr::null(),
        Err(reason) => {
            let length = u32::try_from(reason.len()).unwrap_or(0).to_le_bytes();
            let told: Box<[u8]> = [&length[..], reason.as_bytes()].concat().into();
            // Left to the instance, which holds nothing else for long.
            Box::leak(told).as_ptr()
        }
    }
}

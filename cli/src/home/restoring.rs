//! A home made from a backup: nothing is in its place before all of it is there.
//!
//! First the store, under another name; then the key; then the store's name. A kill in between
//! leaves a home without a book, which can be restored again.

use std::fs;
use std::io::{Read, Write};

use goodword_core::log::Key;
use goodword_core::roster::Authority;
use goodword_core::store::{Place, Restored, recover, restore, whole_file};
use goodword_core::{DeviceId, Now};
use zeroize::Zeroizing;

use super::{Home, KEY_BYTES, unusable};
use crate::entropy;
use crate::error::CliError;

impl Home {
    /// Makes this home from a backup. There must be no book in it.
    pub fn restore(&self, from: impl Read) -> Result<Restored, CliError> {
        self.create_directory()?;
        let made = self.path.join("store.restored.redb");
        // Left over from an attempt that was cut.
        let _ = fs::remove_file(&made);
        let restored = self.fill(&made, from);
        if restored.is_err() {
            // It may not have been made.
            let _ = fs::remove_file(&made);
        }
        restored
    }

    /// Makes this home from a backup, as a device of its own that `admitted` lets in. There must be
    /// no book in it.
    pub fn recover(
        &self,
        from: impl Read,
        now: Now,
        admitted: impl FnOnce(&Authority, DeviceId) -> Result<Vec<u8>, CliError>,
    ) -> Result<Restored, CliError> {
        self.ensure_key()?;
        let key = Key::from_bytes(&*self.key()?);
        let device = key.device();
        let made = self.path.join("store.restored.redb");
        // Left over from an attempt that was cut.
        let _ = fs::remove_file(&made);
        let place = Place::File(made.clone());
        let admitted = |authority: &Authority| admitted(authority, device);
        let recovered = recover(from, &place, key, *entropy::draw()?, now, admitted);
        if recovered.is_err() {
            // It may not have been made.
            let _ = fs::remove_file(&made);
        }
        let recovered = recovered?;
        fs::rename(&made, self.store_path()).map_err(|error| unusable(&made, &error))?;
        Ok(recovered)
    }

    fn fill(&self, made: &std::path::Path, from: impl Read) -> Result<Restored, CliError> {
        let restored = restore(from, &Place::File(made.to_owned()), *entropy::draw()?)?;
        self.put_key(&restored.key)?;
        fs::rename(made, self.store_path()).map_err(|error| unusable(made, &error))?;
        Ok(restored)
    }

    /// Keeps `key` as the device's. Another one, of an attempt to join, is set aside.
    fn put_key(&self, key: &Zeroizing<[u8; KEY_BYTES]>) -> Result<(), CliError> {
        let path = self.key_path();
        match self.key_if_any()? {
            Some(kept) if kept == *key => return Ok(()),
            Some(_) => {
                let aside = path.with_extension("key.old");
                fs::rename(&path, &aside).map_err(|error| unusable(&aside, &error))?;
            }
            None => {}
        }
        let written = whole_file(&path, |out| out.write_all(key.as_slice()));
        written.map_err(|error| unusable(&path, &error))
    }
}

//! A file of the origin's private file system, opened for this worker alone.

use std::io;

use goodword_core::store::Storage;
use wasm_bindgen::JsValue;
use web_sys::{FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

use super::Single;

/// An open file. What is read or written short is an error, and so is what the browser refuses.
#[derive(Debug)]
pub(super) struct File(Single<FileSystemSyncAccessHandle>);

impl File {
    pub(super) fn new(handle: FileSystemSyncAccessHandle) -> Self {
        Self(Single(handle))
    }

    pub(super) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.size()? == 0)
    }

    fn handle(&self) -> &FileSystemSyncAccessHandle {
        self.0.get()
    }
}

impl Storage for File {
    fn size(&self) -> io::Result<u64> {
        self.handle().get_size().map(|size| size as u64).map_err(|error| refused(&error))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let wanted = out.len();
        let read = self.handle().read_with_u8_array_and_options(out, &at(offset));
        whole(wanted, read, io::ErrorKind::UnexpectedEof)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let written = self.handle().write_with_u8_array_and_options(bytes, &at(offset));
        whole(bytes.len(), written, io::ErrorKind::StorageFull)
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        self.handle().truncate_with_f64(size as f64).map_err(|error| refused(&error))
    }

    fn sync(&self) -> io::Result<()> {
        self.handle().flush().map_err(|error| refused(&error))
    }
}

fn at(offset: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(offset as f64);
    options
}

fn whole(wanted: usize, moved: Result<f64, JsValue>, short: io::ErrorKind) -> io::Result<()> {
    match moved {
        Ok(moved) if moved == wanted as f64 => Ok(()),
        Ok(moved) => Err(io::Error::new(short, format!("{moved} of {wanted} bytes moved"))),
        Err(error) => Err(refused(&error)),
    }
}

/// The browser's own words: `QuotaExceededError`, `InvalidStateError` and so on.
fn refused(error: &JsValue) -> io::Error {
    let error: Option<&js_sys::Error> = wasm_bindgen::JsCast::dyn_ref(error);
    let told = error.map(|error| format!("{}: {}", error.name(), error.message()));
    let told = told.unwrap_or_else(|| "the browser refused".to_owned());
    let kind = if told.starts_with("QuotaExceeded") {
        io::ErrorKind::StorageFull
    } else {
        io::ErrorKind::Other
    };
    io::Error::new(kind, told)
}

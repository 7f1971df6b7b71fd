//! A store made from a backup; nothing of the file is believed before it is checked.

use std::io::{self, ErrorKind, Read};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use zeroize::Zeroizing;

use super::{BACKUP_MAGIC, BackupError, VERSION, hasher, tag};
use crate::change::Now;
use crate::id::{BookId, DeviceId};
use crate::limits;
use crate::log::Key;
use crate::roster::Authority;
use crate::store::error::{Error, UserError};
use crate::store::exchange::Delivery;
use crate::store::place::Place;
use crate::store::{Entropy, Store};

/// Longest body of a part, in bytes: the longest thing in a backup is an item.
const PART_BYTES_MAX: usize = limits::ITEM_BYTES_MAX;

/// Bytes of entries and items that are stored in one transaction: as many as one entry may have.
const BATCH_BYTES_GOAL: usize = limits::ITEMS_BYTES_PER_ENTRY_MAX;

/// Entries that are stored in one transaction at most: small ones are not all in memory at once.
const BATCH_ENTRIES_MAX: usize = 4096;

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// The device's secret key, to be kept beside the store.
    pub key: Zeroizing<[u8; 32]>,
    /// The device.
    pub device: DeviceId,
    /// Its book.
    pub book: BookId,
    /// When the backup was made.
    pub at: Timestamp,
    /// Entries in it.
    pub entries: u64,
}

/// Makes a store at `place` from a backup, under a fresh incarnation drawn from `entropy`.
///
/// On an error what was made at `place` is of no use: the caller makes the store under another
/// name and puts it into its place afterwards. Costs what a first sync of the book costs.
///
/// # Errors
/// [`BackupError`]; [`BackupError::Store`] if there is a file at `place`.
pub fn restore(from: impl Read, place: &Place, entropy: Entropy) -> Result<Restored, BackupError> {
    let mut parts = Parts::begin(from)?;
    let head = parts.head()?;
    let key = Key::from_bytes(&head.key);
    fill(parts, head, key, place, entropy, |_| Ok(()))
}

/// Makes a store at `place` from a backup, as another device of the owner, which `admitted` says in
/// the name of the recovery key (a canonical standalone statement about the book as it is held).
///
/// # Errors
/// As [`restore`]; what `admitted` gives; [`PeerError`](crate::PeerError) within
/// [`BackupError::Store`] if the statement is not in form.
pub fn recover<E: From<BackupError>>(
    from: impl Read,
    place: &Place,
    key: Key,
    entropy: Entropy,
    now: Now,
    admitted: impl FnOnce(&Authority) -> Result<Vec<u8>, E>,
) -> Result<Restored, E> {
    let mut parts = Parts::begin(from)?;
    let head = parts.head()?;
    let device = key.device();
    fill(parts, head, key, place, entropy, |store| {
        let authority = store.authority().ok_or(Error::from(UserError::NoBook));
        let statement = admitted(authority.map_err(BackupError::from)?)?;
        let admitted = store.receive(&[statement], &[], now).map_err(BackupError::from)?;
        tracing::debug!(device = %device.short(), changed = admitted.roster_changed, "recovered");
        Ok(())
    })
}

fn fill<E: From<BackupError>>(
    mut parts: Parts<impl Read>,
    head: Head,
    key: Key,
    place: &Place,
    entropy: Entropy,
    finish: impl FnOnce(&mut Store) -> Result<(), E>,
) -> Result<Restored, E> {
    let device = key.device();
    let mut store = Store::create(place, key, entropy).map_err(BackupError::from)?;
    let book = store.adopt(&head.genesis).map_err(|error| parts.blame(error))?;
    let mut restoring = Restoring { store, now: head.now, batch: Batch::default(), entries: 0 };
    while restoring.take(&mut parts)? {}
    let Restoring { mut store, entries, .. } = restoring;
    let reader = store.reader().map_err(BackupError::from)?;
    let of_device = reader.incarnations(&device).map_err(BackupError::from)?;
    if of_device >= limits::INCARNATIONS_PER_DEVICE_MAX {
        return Err(BackupError::Spent(device).into());
    }
    drop(reader);
    finish(&mut store)?;
    drop(store);
    // The transactions that filled it left as much room as they took.
    let compacted = place.open().and_then(|mut database| Ok(database.compact()?));
    compacted.map_err(BackupError::from)?;
    Ok(Restored { key: head.key, device, book, at: head.now.at, entries })
}

/// A backup being read.
struct Parts<R> {
    from: R,
    hasher: blake3::Hasher,
    bytes: u64,
}

struct Head {
    key: Zeroizing<[u8; 32]>,
    now: Now,
    genesis: Vec<u8>,
}

impl Head {
    fn read(body: &[u8]) -> Option<Self> {
        let (key, rest) = body.split_first_chunk::<32>()?;
        let (at, genesis) = rest.split_first_chunk::<8>()?;
        let now = moment(u64::from_le_bytes(*at))?;
        Some(Self { key: Zeroizing::new(*key), now, genesis: genesis.to_vec() })
    }
}

impl<R: Read> Parts<R> {
    fn begin(from: R) -> Result<Self, BackupError> {
        let mut parts = Self { from, hasher: hasher(), bytes: 0 };
        let mut magic = [0; BACKUP_MAGIC.len()];
        let mut version = [0];
        match parts.fill(&mut magic) {
            Ok(()) if magic == BACKUP_MAGIC => {}
            Ok(()) | Err(BackupError::Cut { .. }) => return Err(BackupError::NotABackup),
            Err(other) => return Err(other),
        }
        parts.fill(&mut version)?;
        match version {
            [VERSION] => Ok(parts),
            [found] => Err(BackupError::Newer { found, known: VERSION }),
        }
    }

    fn head(&mut self) -> Result<Head, BackupError> {
        let (tag::HEAD, body) = self.part()? else { return Err(self.damaged()) };
        let body = Zeroizing::new(body);
        Head::read(&body).ok_or_else(|| self.damaged())
    }

    /// The next part: its tag and its body.
    fn part(&mut self) -> Result<(u8, Vec<u8>), BackupError> {
        let before = self.hasher.clone();
        let (mut tag, mut length) = ([0], [0; 4]);
        self.fill(&mut tag)?;
        self.fill(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > PART_BYTES_MAX {
            return Err(self.damaged());
        }
        let mut body = vec![0; length];
        self.fill(&mut body)?;
        if tag == [tag::END] {
            self.is_whole(&before, &body)?;
        }
        Ok((tag[0], body))
    }

    /// Fails unless `hash` is that of everything before, and nothing follows.
    fn is_whole(&mut self, before: &blake3::Hasher, hash: &[u8]) -> Result<(), BackupError> {
        let is_same = before.finalize().as_bytes() == hash;
        match self.fill(&mut [0]) {
            Err(BackupError::Cut { .. }) if is_same => Ok(()),
            Ok(()) | Err(BackupError::Cut { .. }) => Err(self.damaged()),
            Err(other) => Err(other),
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        match self.from.read_exact(bytes) {
            Ok(()) => {}
            Err(error) => return Err(self.unreadable(error)),
        }
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn unreadable(&self, error: io::Error) -> BackupError {
        match error.kind() {
            ErrorKind::UnexpectedEof => BackupError::Cut { bytes: self.bytes },
            // What is under a passphrase says so of a piece that was changed.
            ErrorKind::InvalidData => self.damaged(),
            _ => error.into(),
        }
    }

    fn damaged(&self) -> BackupError {
        BackupError::Damaged { bytes: self.bytes }
    }

    /// What a peer could not have sent in good faith is damage in a file.
    fn blame(&self, error: Error) -> BackupError {
        match error {
            Error::Peer(_) | Error::User(UserError::BookExists(_)) => self.damaged(),
            other => other.into(),
        }
    }
}

/// A store that is being filled.
struct Restoring {
    store: Store,
    now: Now,
    batch: Batch,
    entries: u64,
}

/// What is stored next, in one transaction.
#[derive(Default)]
struct Batch {
    standalone: Vec<Vec<u8>>,
    deliveries: Vec<Delivery>,
    bytes: usize,
    /// Bytes of the items of the last entry.
    items_bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES_GOAL || self.deliveries.len() >= BATCH_ENTRIES_MAX
    }
}

impl Restoring {
    /// Takes one part; false at the end.
    fn take(&mut self, parts: &mut Parts<impl Read>) -> Result<bool, BackupError> {
        let (tag, body) = parts.part()?;
        if tag != tag::ITEM && self.batch.is_full() {
            self.store_batch(parts)?;
        }
        self.batch.bytes += body.len();
        match tag {
            tag::STANDALONE => self.batch.standalone.push(body),
            tag::ENTRY => {
                self.entries += 1;
                self.batch.items_bytes = 0;
                self.batch.deliveries.push(Delivery { entry: body, items: Vec::new() });
            }
            tag::ITEM => {
                self.batch.items_bytes += body.len();
                let of = self.batch.deliveries.last_mut().ok_or_else(|| parts.damaged())?;
                if self.batch.items_bytes > limits::ITEMS_BYTES_PER_ENTRY_MAX
                    || of.items.len() >= limits::ITEMS_PER_ENTRY_MAX
                {
                    return Err(parts.damaged());
                }
                of.items.push(body);
            }
            tag::MET => {
                let (device, level, now) = met(&body).ok_or_else(|| parts.damaged())?;
                self.store.met(device, level, now)?;
            }
            tag::ADDRESS => {
                let (device, address) =
                    body.split_first_chunk::<32>().ok_or_else(|| parts.damaged())?;
                self.store.remember_address(DeviceId(*device), address)?;
            }
            tag::END => {
                self.store_batch(parts)?;
                self.store.catch_up()?;
                return Ok(false);
            }
            _ => return Err(parts.damaged()),
        }
        Ok(true)
    }

    fn store_batch(&mut self, parts: &Parts<impl Read>) -> Result<(), BackupError> {
        let Batch { standalone, deliveries, .. } = std::mem::take(&mut self.batch);
        let received = self.store.receive_part(&standalone, &deliveries, self.now);
        received.map(drop).map_err(|error| parts.blame(error))
    }
}

fn met(body: &[u8]) -> Option<(DeviceId, Option<u64>, Now)> {
    let (device, rest) = body.split_first_chunk::<32>()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let level = match rest {
        [] => None,
        level => Some(u64::from_le_bytes(level.try_into().ok()?)),
    };
    Some((DeviceId(*device), level, moment(u64::from_le_bytes(*at))?))
}

fn moment(millis: u64) -> Option<Now> {
    let at = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(Now { at, today: at.to_zoned(TimeZone::UTC).date() })
}

//! What must hold when everything is settled.

use std::collections::{BTreeMap, BTreeSet};

use goodword_core::log::{Head, LogId};
use goodword_core::query::Operations;
use goodword_core::{CommandId, Space};

use super::device::Device;
use super::link::Link;
use super::world::World;
use super::{Outcome, Trouble};

/// Largest session with nothing new for two devices, in bytes each way.
const NOTHING_NEW_BYTES_MAX: u64 = 1024;

/// What each further log may add to it, in bytes.
const FURTHER_LOG_BYTES_MAX: u64 = 100;

/// Logs of two devices in five spaces.
const LOGS_OF_TWO: u64 = 10;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Devices hold different entries.
    #[error("frontiers of the space {0} differ")]
    Frontier(&'static str),
    /// Devices with the same entries have different documents.
    #[error("fingerprints of the space {0} differ")]
    Fingerprint(&'static str),
    /// Items wait for something that nobody has.
    #[error("{0} items are pending for ever")]
    Pending(u64),
    /// Devices think differently of who may do what.
    #[error("authority differs")]
    Authority,
    /// A store differs from the batch fold.
    #[error(
        "{documents} documents of device {device} differ from the fold, authority too: {authority}"
    )]
    Fold {
        /// Which device, in order of joining.
        device: usize,
        /// How many.
        documents: usize,
        /// Whether authority differs.
        authority: bool,
    },
    /// Documents differ in what is visible.
    #[error("documents differ")]
    Documents,
    /// Devices with the same documents have different views.
    #[error("views differ")]
    Views,
    /// A rebuilt store has other views than before.
    #[error("a rebuild of device {0} gives other views")]
    Rebuild(usize),
    /// A command that was acknowledged is not on every device.
    #[error("command {0} was acknowledged and is lost")]
    Lost(CommandId),
    /// Two changes of one document have the same actor and number.
    #[error("number {0} of an actor was used twice")]
    Reused(u64),
    /// A session at rest found different fingerprints.
    #[error("a session found {0} fingerprints that differ")]
    Mismatch(u64),
    /// A session with nothing new costs too much.
    #[error("a session with nothing new took {bytes} bytes and {round_trips} round trips")]
    Cost {
        /// Bytes of frames one way.
        bytes: u64,
        /// Round trips.
        round_trips: u64,
    },
}

/// Checks the reports of a session that ran to its end.
pub(super) fn sessions(link: &Link, devices: &[Device]) -> Result<(), Trouble> {
    let of = |end: &super::link::End| {
        let report = end.session.report();
        report.entries_sent() + report.statements_sent
    };
    let moved: u64 = link.ends.iter().map(of).sum();
    for end in &link.ends {
        let report = end.session.report();
        match report.fingerprint_mismatches() {
            0 => {}
            mismatches => return Err(Difference::Mismatch(mismatches).into()),
        }
        let held = |space| devices[end.device].store.frontier(space).map_or(0, |f| f.len() as u64);
        let logs: u64 = Space::ALL.into_iter().map(held).sum();
        let bytes_max =
            NOTHING_NEW_BYTES_MAX + logs.saturating_sub(LOGS_OF_TWO) * FURTHER_LOG_BYTES_MAX;
        let is_dear = report.bytes_sent > bytes_max || report.round_trips > 1;
        if moved == 0 && is_dear {
            let (bytes, round_trips) = (report.bytes_sent, report.round_trips);
            return Err(Difference::Cost { bytes, round_trips }.into());
        }
    }
    Ok(())
}

/// Checks that all devices agree with each other and with the batch fold.
pub(super) fn all(world: &mut World) -> Result<(), Trouble> {
    let mut hasher = blake3::Hasher::new();
    for space in Space::ALL {
        let frontiers = world.each(|store| store.frontier(space))?;
        let frontier = same(&frontiers).ok_or(Difference::Frontier(space.name()))?;
        world.outcome.entries += frontier.iter().map(|(_, head)| head.next).sum::<u64>();
        let heads: Vec<_> = frontier.iter().collect();
        let is_forked = |pair: &&[&(LogId, Head)]| pair[0].0 == pair[1].0;
        world.outcome.forks += heads.windows(2).filter(is_forked).count() as u64;
        for (log, head) in frontier {
            hasher.update(&log.device.0);
            hasher.update(&log.incarnation.0);
            hasher.update(&head.hash.0);
        }
        let pending = world.each(|store| store.pending(space))?;
        match pending.iter().sum() {
            0 => {}
            pending => return Err(Difference::Pending(pending).into()),
        }
        let fingerprints = world.each(|store| store.fingerprint(space))?;
        let fingerprint = same(&fingerprints).ok_or(Difference::Fingerprint(space.name()))?;
        hasher.update(fingerprint);
    }
    let authorities = world.each(|store| Ok(store.authority().cloned()))?;
    let authority = same(&authorities).ok_or(Difference::Authority)?;
    hasher.update(format!("{authority:?}").as_bytes());

    let folds = world.each(|store| store.fold_check())?;
    for (device, fold) in folds.iter().enumerate() {
        if !fold.is_equal() {
            let (documents, authority) = (fold.differ.len(), fold.authority_differs);
            return Err(Difference::Fold { device, documents, authority }.into());
        }
    }
    let fold = same(&folds).ok_or(Difference::Documents)?;
    world.outcome.documents = fold.documents;
    hasher.update(&fold.hash);

    let views = world.each(|store| store.view_hash())?;
    let view = *same(&views).ok_or(Difference::Views)?;
    hasher.update(&view);
    nothing_is_lost(world)?;
    nothing_is_reused(world)?;
    rebuild(world, view)?;

    for (at, device) in world.devices.iter().enumerate() {
        let fold = device.store.fold_check().map_err(|error| world.store_trouble(at, error))?;
        if !world.alive.contains(&at) && !fold.is_equal() {
            let (documents, authority) = (fold.differ.len(), fold.authority_differs);
            return Err(Difference::Fold { device: at, documents, authority }.into());
        }
    }
    let Outcome { sessions, finished, broken, commands, restarts, documents, entries, .. } =
        world.outcome;
    let Outcome { copies, set_back, forks, removals, .. } = world.outcome;
    let odd = [copies, set_back, forks, removals];
    let counts = [sessions, finished, broken, commands, restarts, documents, entries];
    for count in counts.into_iter().chain(odd) {
        hasher.update(&count.to_le_bytes());
    }
    world.outcome.hash = *hasher.finalize().as_bytes();
    Ok(())
}

fn nothing_is_lost(world: &World) -> Result<(), Trouble> {
    for operations in world.each(|store| store.ask(&Operations { limit: usize::MAX }))? {
        let held: BTreeSet<CommandId> = operations.into_iter().map(|one| one.command).collect();
        let mut of_alive = world.acknowledged.iter().filter(|(at, _)| world.alive.contains(at));
        if let Some((_, lost)) = of_alive.find(|(_, command)| !held.contains(command)) {
            return Err(Difference::Lost(*lost).into());
        }
    }
    Ok(())
}

/// No two changes of one document have the same actor and number, whatever copies there were.
fn nothing_is_reused(world: &World) -> Result<(), Trouble> {
    let mut known = BTreeMap::new();
    for change in world.each(|store| store.changes())?.into_iter().flatten() {
        let first = known.entry((change.document, change.actor, change.seq)).or_insert(change.hash);
        if *first != change.hash {
            return Err(Difference::Reused(change.seq).into());
        }
    }
    Ok(())
}

/// One device makes its derived tables again from its logs.
fn rebuild(world: &mut World, view: [u8; 32]) -> Result<(), Trouble> {
    let at = *world.dice.pick(&world.alive);
    let store = &mut world.devices[at].store;
    let again = store.rebuild().and_then(|()| store.view_hash());
    match again {
        Ok(again) if again == view => Ok(()),
        Ok(_) => Err(Difference::Rebuild(at).into()),
        Err(error) => Err(world.store_trouble(at, error)),
    }
}

fn same<T: PartialEq>(all: &[T]) -> Option<&T> {
    let first = all.first()?;
    all.iter().all(|one| one == first).then_some(first)
}

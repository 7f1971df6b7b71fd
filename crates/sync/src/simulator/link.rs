//! A stream between two devices, in memory: it delivers in pieces, stalls, and breaks.

use std::collections::VecDeque;

use super::device::Device;
use crate::{Mode, Output, Session, SessionError};

/// One end of a link.
pub(crate) struct End {
    /// Which device.
    pub device: usize,
    /// Its session.
    pub session: Session,
    /// Bytes on their way to it.
    inbound: VecDeque<u8>,
    /// Bytes that it can send before the link breaks.
    allowance: Option<u64>,
    is_finished: bool,
}

/// A connection with a session at either end; the first opened it.
pub(crate) struct Link {
    /// Both ends.
    pub ends: [End; 2],
    is_broken: bool,
}

/// What became of an attempt to move something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Nothing was there to move.
    Nothing,
    /// Bytes moved.
    Bytes,
    /// Bytes moved and the device's store took in some of them for good.
    Committed,
}

impl Link {
    /// Connects device `from` to device `to`. A device that its own roster does not know joins.
    pub fn open(
        devices: &[Device],
        [from, to]: [usize; 2],
        modes: [Mode; 2],
        allowances: [Option<u64>; 2],
    ) -> Self {
        let end = |side: usize, device: usize, peer: usize| {
            let start = if devices[device].knows(&devices[device].id()) {
                Session::new
            } else {
                Session::joining
            };
            End {
                device,
                session: start(devices[peer].id(), side == 0, modes[side]),
                inbound: VecDeque::new(),
                allowance: allowances[side],
                is_finished: false,
            }
        };
        Self { ends: [end(0, from, to), end(1, to, from)], is_broken: false }
    }

    /// Has both sides commit after so many entries, where they would take thousands at once.
    pub fn commit_after(&mut self, entries: usize) {
        for end in &mut self.ends {
            end.session.commit_after(entries);
        }
    }

    /// Whether a device is at one of its ends.
    pub fn touches(&self, device: usize) -> bool {
        self.ends.iter().any(|end| end.device == device)
    }

    /// Whether nothing will move any more.
    pub fn is_over(&self) -> bool {
        self.is_broken || self.ends.iter().all(|end| end.is_finished && end.inbound.is_empty())
    }

    /// Whether both sides said that they are done.
    pub fn is_finished(&self) -> bool {
        self.ends.iter().all(|end| end.is_finished)
    }

    /// Breaks the link.
    pub fn break_off(&mut self) {
        self.is_broken = true;
    }

    /// Tells the session of `device`, if it is at an end, that its store changed.
    pub fn store_changed(
        &mut self,
        devices: &[Device],
        device: usize,
        step: u64,
    ) -> Result<(), SessionError> {
        let mut ends = self.ends.iter_mut();
        match ends.find(|end| end.device == device) {
            Some(end) if !self.is_broken => {
                end.session.store_changed(&devices[device].store, devices[device].now(step))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Sends one frame of `side`, if it has one.
    pub fn send(
        &mut self,
        devices: &[Device],
        side: usize,
        step: u64,
    ) -> Result<Moved, SessionError> {
        let [first, second] = &mut self.ends;
        let (end, other) = if side == 0 { (first, second) } else { (second, first) };
        let device = &devices[end.device];
        match end.session.poll_output(&device.store, device.now(step))? {
            None => Ok(Moved::Nothing),
            Some(Output::Finished) => {
                end.is_finished = true;
                Ok(Moved::Nothing)
            }
            Some(Output::Send(mut bytes)) => {
                if let Some(allowance) = &mut end.allowance {
                    let left = usize::try_from(*allowance).unwrap_or(usize::MAX);
                    self.is_broken = bytes.len() > left;
                    bytes.truncate(left);
                    *allowance -= bytes.len() as u64;
                }
                other.inbound.extend(bytes);
                Ok(Moved::Bytes)
            }
        }
    }

    /// Delivers at most `bytes` to `side`.
    pub fn deliver(
        &mut self,
        devices: &mut [Device],
        side: usize,
        bytes: usize,
        step: u64,
    ) -> Result<Moved, SessionError> {
        let end = &mut self.ends[side];
        let count = bytes.min(end.inbound.len());
        if count == 0 {
            return Ok(Moved::Nothing);
        }
        let piece: Vec<u8> = end.inbound.drain(..count).collect();
        let device = &mut devices[end.device];
        let now = device.now(step);
        let before = end.session.report().batches;
        end.session.receive(&mut device.store, now, &piece)?;
        let committed = end.session.report().batches > before;
        Ok(if committed { Moved::Committed } else { Moved::Bytes })
    }

    /// Runs both sides until neither has anything to do.
    ///
    /// # Errors
    /// The first error of either side.
    pub fn settle(&mut self, devices: &mut [Device], step: u64) -> Result<(), SessionError> {
        loop {
            let mut moved = false;
            for side in [0, 1] {
                while self.send(devices, side, step)? != Moved::Nothing {
                    moved = true;
                }
                moved |= self.deliver(devices, 1 - side, usize::MAX, step)? != Moved::Nothing;
            }
            if !moved || self.is_broken {
                return Ok(());
            }
        }
    }
}

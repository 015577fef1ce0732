//! What references stand for outside all heaps: open files, buffers, and streams of compressed data.
//!
//! A handle belongs to the process that made it and goes when that process ends. The reference itself is a plain one,
//! so nobody notices when the last copy is gone: what is not closed stays until then. A buffer made for a file goes
//! with the file.

use super::signal::Parcel;
use super::table::Pid;
use super::{Process, RefId};
use crate::zstream::Stream;
use hashbrown::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a reference stands for.
#[derive(Debug)]
pub enum Handle {
    /// An open file.
    File(File),
    /// Bytes read ahead or to be written, and whether somebody has the lock.
    Buffer(Vec<u8>, bool),
    /// A stream of compressed data, and the term put aside with it.
    Stream(Box<(Stream, Option<Parcel>)>),
}

#[derive(Debug)]
struct Entry {
    handle: Arc<Mutex<Handle>>,
    is_file: bool,
    /// Who made it, or was given it.
    owner: Pid,
    /// The buffer made for a file.
    buffer: Option<RefId>,
}

/// All handles of a runtime.
#[derive(Debug, Default)]
pub struct Handles(Mutex<HashMap<RefId, Entry>>);

impl Handles {
    fn lock(&self) -> MutexGuard<'_, HashMap<RefId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a handle. Who wants the same one waits meanwhile.
    pub fn with<T>(&self, id: RefId, act: impl FnOnce(&mut Handle) -> T) -> Option<T> {
        let handle = self.lock().get(&id)?.handle.clone();
        Some(act(&mut handle.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Who a handle belongs to.
    pub fn owner(&self, id: RefId) -> Option<Pid> {
        self.lock().get(&id).map(|entry| entry.owner)
    }

    /// Gives a handle to another process. It does not go when that one ends.
    pub fn give(&self, id: RefId, to: Pid) {
        if let Some(entry) = self.lock().get_mut(&id) {
            entry.owner = to;
        }
    }

    fn remove(&self, id: RefId) -> Option<Entry> {
        let mut all = self.lock();
        let entry = all.remove(&id)?;
        if let Some(buffer) = entry.buffer {
            all.remove(&buffer);
        }
        Some(entry)
    }
}

impl Process {
    /// Keeps a handle; gives the number of its reference.
    pub fn keep_handle(&mut self, handle: Handle) -> RefId {
        let id = self.system.new_ref();
        let is_file = matches!(handle, Handle::File(_));
        let is_buffer = matches!(handle, Handle::Buffer(..));
        let entry = Entry { handle: Arc::new(Mutex::new(handle)), is_file, owner: self.pid, buffer: None };
        let mut all = self.system.handles.lock();
        all.insert(id, entry);
        // A buffer is made right after the file that it is for.
        if is_buffer
            && let Some(last) = self.relations.as_ref().and_then(|r| r.handles.last())
            && let Some(Entry { is_file: true, buffer: buffer @ None, .. }) = all.get_mut(last)
        {
            *buffer = Some(id);
            return id;
        }
        drop(all);
        self.relations().handles.push(id);
        id
    }

    /// Lets go of a handle; false if there was none.
    pub fn drop_handle(&mut self, id: RefId) -> bool {
        let Some(entry) = self.system.handles.remove(id) else { return false };
        if entry.owner == self.pid
            && let Some(relations) = &mut self.relations
        {
            relations.handles.retain(|own| *own != id);
        }
        true
    }

    /// Lets go of all handles that the process made.
    pub(super) fn drop_handles(&mut self) {
        for id in self.relations.as_mut().map(|r| std::mem::take(&mut r.handles)).unwrap_or_default() {
            if self.system.handles.owner(id) == Some(self.pid) {
                self.system.handles.remove(id);
            }
        }
    }
}

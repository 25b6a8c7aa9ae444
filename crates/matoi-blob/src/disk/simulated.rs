//! A disk in memory that loses what was not synced when its power is cut. For tests.
//!
//! What may survive a power cut is chosen by a seed, within what file systems promise:
//! - Content: what was synced survives. Of writes since then each may be there, missing, present by length only, with
//!   zeros in place of the bytes, or torn: of each sector of 512 bytes the old bytes, the new ones or junk. Bytes
//!   not written to are untouched.
//! - Names: what was synced with the directory survives. For each name in a directory on its own, some first part
//!   of the changes since then is there. A name replaced by a rename is the old or the new file, never nothing; but
//!   a rename between directories may leave both names or, where only the old directory was synced, neither.
//! - A sync that failed loses what it should have written, as Linux does after a write error: a later
//!   sync succeeds without it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::{FileEntry, FileSystem, OpenFile};

const SECTOR: usize = 512;
/// What is found in a sector whose writing was cut short.
const JUNK: u8 = 0x5a;

/// A disk in memory. Clones are handles to the same disk.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

type NodeId = u64;
const ROOT: NodeId = 0;

#[derive(Debug)]
struct State {
    nodes: BTreeMap<NodeId, Node>,
    next_node: NodeId,
    changes: u64,
    power_cut_at: Option<u64>,
    faults: BTreeMap<u64, io::ErrorKind>,
}

#[derive(Debug)]
enum Node {
    File(FileNode),
    Directory(DirectoryNode),
}

#[derive(Debug, Clone, Default)]
struct FileNode {
    now: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<(usize, Vec<u8>)>,
    modified: u64,
}

#[derive(Debug, Clone, Default)]
struct DirectoryNode {
    now: BTreeMap<String, NodeId>,
    durable: BTreeMap<String, NodeId>,
    unsynced: Vec<(String, Option<NodeId>)>,
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many changes (everything but reading) have been asked for so far.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// The change with this number, from 0, and everything after it fails, reading too.
    pub fn cut_power_at(&self, change: u64) {
        self.lock().power_cut_at = Some(change);
    }

    /// The change with this number, from 0, fails once with this kind of error and has no effect.
    pub fn fail_at(&self, change: u64, kind: io::ErrorKind) {
        self.lock().faults.insert(change, kind);
    }

    /// The time that the disk puts on a file changed now: one second for each change since the epoch.
    pub fn time(&self) -> SystemTime {
        time_after(self.lock().changes)
    }

    /// Everything works again and nothing is lost: what a killed process leaves, since the page cache survives it. What it
    /// had not synced is still to be lost by a real power cut.
    pub fn go_on(&self) {
        self.lock().power_cut_at = None;
    }

    /// The disk as it may be found when power is back. With seed 0 all that was not synced is lost, with seed 1 all of
    /// it is there, other seeds choose.
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.lock();
        let mut luck = Luck::new(seed);
        let nodes = state
            .nodes
            .iter()
            .map(|(id, node)| (*id, node.after_power_cut(&mut luck)))
            .collect();
        Self(Arc::new(Mutex::new(State {
            nodes,
            next_node: state.next_node,
            ..State::default()
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while holding the lock has failed already.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let state = self.lock();
        state.check_power()?;
        let node = state.find(path)?;
        match state.nodes.get(&node) {
            Some(Node::File(_)) => Ok(Box::new(SimulatedFile {
                disk: self.clone(),
                node,
            })),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn rename(&self, from: &Path, to: &Path, may_replace: bool) -> io::Result<()> {
        let mut state = self.lock();
        state.begin_change()?;
        let node = state.find(from)?;
        if !may_replace && state.find(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.set_name(to, Some(node))?;
        state.set_name(from, None)
    }
}

impl FileSystem for SimulatedDisk {
    fn create_directory(&self, path: &Path) -> io::Result<bool> {
        let mut state = self.lock();
        state.begin_change()?;
        if state.find(path).is_ok() {
            return Ok(false);
        }
        state.add_node(path, Node::Directory(DirectoryNode::default()))?;
        Ok(true)
    }

    fn create_file(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let mut state = self.lock();
        state.begin_change()?;
        if state.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let modified = state.changes;
        let node = state.add_node(
            path,
            Node::File(FileNode {
                modified,
                ..FileNode::default()
            }),
        )?;
        Ok(Box::new(SimulatedFile {
            disk: self.clone(),
            node,
        }))
    }

    fn open_file(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        self.open(path)
    }

    fn open_file_to_change(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        self.open(path)
    }

    fn rename_to_free_name(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.rename(from, to, false)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.rename(from, to, true)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.begin_change()?;
        state.find(path)?;
        state.set_name(path, None)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        let begun = state.begin_change();
        state.check_power()?;
        let directory = state.directory_mut(path)?;
        let unsynced = std::mem::take(&mut directory.unsynced);
        begun?;
        for (name, node) in unsynced {
            directory.persist(name, node);
        }
        Ok(())
    }

    fn files(&self, path: &Path) -> io::Result<Vec<FileEntry>> {
        let mut state = self.lock();
        state.check_power()?;
        let names = state.directory_mut(path)?.now.clone();
        let entry = |(name, node): (String, NodeId)| match state.nodes.get(&node) {
            Some(Node::File(file)) => Some(FileEntry {
                name,
                modified: time_after(file.modified),
            }),
            _ => None,
        };
        Ok(names.into_iter().filter_map(entry).collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let state = self.lock();
        state.check_power()?;
        Ok(state.find(path).is_ok())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        let state = self.lock();
        state.check_power()?;
        match state.nodes.get(&state.find(path)?) {
            Some(Node::Directory(_)) => Ok(0o700),
            _ => Ok(0o600),
        }
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        let state = self.lock();
        state.check_power()?;
        state.find(path)?;
        Ok(names_of(path).fold(PathBuf::from("/"), |path, name| path.join(name)))
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    node: NodeId,
}

impl OpenFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.lock();
        state.check_power()?;
        Ok(state.file_mut(self.node)?.now.len() as u64)
    }

    fn mode(&self) -> io::Result<u32> {
        Ok(0o600)
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.check_power()?;
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let file = state.file_mut(self.node)?;
        let bytes = file.now.get(start..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.begin_change()?;
        let changes = state.changes;
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let file = state.file_mut(self.node)?;
        put_bytes(&mut file.now, start, bytes);
        file.unsynced.push((start, bytes.to_vec()));
        file.modified = changes;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.lock();
        let begun = state.begin_change();
        state.check_power()?;
        let file = state.file_mut(self.node)?;
        let unsynced = std::mem::take(&mut file.unsynced);
        begun?;
        for (start, bytes) in unsynced {
            put_bytes(&mut file.durable, start, &bytes);
        }
        Ok(())
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::from([(ROOT, Node::Directory(DirectoryNode::default()))]),
            next_node: ROOT + 1,
            changes: 0,
            power_cut_at: None,
            faults: BTreeMap::new(),
        }
    }
}

impl State {
    fn check_power(&self) -> io::Result<()> {
        if self.power_cut_at.is_some_and(|cut| self.changes > cut) {
            return Err(io::Error::other("the power is cut"));
        }
        Ok(())
    }

    fn begin_change(&mut self) -> io::Result<()> {
        let number = self.changes;
        self.changes += 1;
        self.check_power()?;
        match self.faults.remove(&number) {
            Some(kind) => Err(kind.into()),
            None => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<NodeId> {
        names_of(path).try_fold(ROOT, |node, name| match self.nodes.get(&node) {
            Some(Node::Directory(directory)) => directory
                .now
                .get(&name)
                .copied()
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        })
    }

    fn directory_mut(&mut self, path: &Path) -> io::Result<&mut DirectoryNode> {
        let node = self.find(path)?;
        match self.nodes.get_mut(&node) {
            Some(Node::Directory(directory)) => Ok(directory),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn file_mut(&mut self, node: NodeId) -> io::Result<&mut FileNode> {
        match self.nodes.get_mut(&node) {
            Some(Node::File(file)) => Ok(file),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn add_node(&mut self, path: &Path, node: Node) -> io::Result<NodeId> {
        let id = self.next_node;
        self.set_name(path, Some(id))?;
        self.next_node += 1;
        self.nodes.insert(id, node);
        Ok(id)
    }

    fn set_name(&mut self, path: &Path, node: Option<NodeId>) -> io::Result<()> {
        let above = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let name = names_of(path).last().ok_or(io::ErrorKind::InvalidInput)?;
        let directory = self.directory_mut(above)?;
        match node {
            Some(node) => directory.now.insert(name.clone(), node),
            None => directory.now.remove(&name),
        };
        directory.unsynced.push((name, node));
        Ok(())
    }
}

impl Node {
    fn after_power_cut(&self, luck: &mut Luck) -> Self {
        match self {
            Self::File(file) => {
                let mut durable = file.durable.clone();
                for (start, bytes) in &file.unsynced {
                    persist_write(&mut durable, *start, bytes, luck);
                }
                let modified = file.modified;
                Self::File(FileNode {
                    now: durable.clone(),
                    durable,
                    unsynced: Vec::new(),
                    modified,
                })
            }
            Self::Directory(directory) => Self::Directory(directory.after_power_cut(luck)),
        }
    }
}

impl DirectoryNode {
    fn persist(&mut self, name: String, node: Option<NodeId>) {
        match node {
            Some(node) => self.durable.insert(name, node),
            None => self.durable.remove(&name),
        };
    }

    fn after_power_cut(&self, luck: &mut Luck) -> Self {
        let mut after = Self {
            durable: self.durable.clone(),
            ..Self::default()
        };
        let mut changes_of: BTreeMap<&str, Vec<Option<NodeId>>> = BTreeMap::new();
        for (name, node) in &self.unsynced {
            changes_of.entry(name).or_default().push(*node);
        }
        for (name, changes) in changes_of {
            let surviving = luck.up_to(changes.len());
            if let Some(last) = changes.get(..surviving).and_then(<[_]>::last) {
                after.persist(name.to_owned(), *last);
            }
        }
        after.now = after.durable.clone();
        after
    }
}

fn persist_write(durable: &mut Vec<u8>, start: usize, bytes: &[u8], luck: &mut Luck) {
    match luck.up_to(3) {
        0 => {}
        1 => {
            let end = start + bytes.len();
            durable.resize(durable.len().max(end), 0);
        }
        2 => {
            let mut at = start;
            let mut rest = bytes;
            while !rest.is_empty() {
                let to_sector_end = (SECTOR - at % SECTOR).min(rest.len());
                let (piece, later) = rest.split_at_checked(to_sector_end).unwrap_or((rest, &[]));
                match luck.up_to(2) {
                    0 => {}
                    1 => put_bytes(durable, at, &vec![JUNK; piece.len()]),
                    _ => put_bytes(durable, at, piece),
                }
                at += piece.len();
                rest = later;
            }
        }
        _ => put_bytes(durable, start, bytes),
    }
}

fn put_bytes(content: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let end = start + bytes.len();
    content.resize(content.len().max(end), 0);
    if let Some(place) = content.get_mut(start..end) {
        place.copy_from_slice(bytes);
    }
}

fn names_of(path: &Path) -> impl Iterator<Item = String> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    })
}

fn time_after(changes: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(changes)
}

/// Decides what survives: SplitMix64, which is plenty for choosing.
#[derive(Debug)]
struct Luck {
    seed: u64,
    state: u64,
}

impl Luck {
    fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// A number from 0 to `greatest`: always 0 with seed 0, always the greatest with seed 1.
    fn up_to(&mut self, greatest: usize) -> usize {
        match self.seed {
            0 => 0,
            1 => greatest,
            _ => usize::try_from(self.next() % (greatest as u64 + 1)).unwrap_or(0),
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(disk: &SimulatedDisk, path: &str) -> Option<Vec<u8>> {
        let mut file = disk.open_file(Path::new(path)).ok()?;
        super::super::read_whole_file(&mut *file).ok()
    }

    fn write(disk: &SimulatedDisk, path: &str, bytes: &[u8], sync: &[&str]) {
        let mut file = disk.create_file(Path::new(path)).unwrap();
        file.write_all_at(0, bytes).unwrap();
        if sync.contains(&"file") {
            file.sync().unwrap();
        }
        if sync.contains(&"name") {
            disk.sync_directory(Path::new("/")).unwrap();
        }
    }

    #[test]
    fn only_what_was_synced_survives_the_worst_power_cut() {
        let disk = SimulatedDisk::new();
        write(&disk, "/neither", b"x", &[]);
        write(&disk, "/content-only", b"x", &["file"]);
        let worst = disk.after_power_cut(0);
        assert_eq!(content(&worst, "/neither"), None);
        assert_eq!(content(&worst, "/content-only"), None);
        write(&disk, "/name-only", b"x", &["name"]);
        write(&disk, "/both", b"x", &["file", "name"]);
        let worst = disk.after_power_cut(0);
        assert_eq!(content(&worst, "/name-only"), Some(vec![]));
        assert_eq!(content(&worst, "/both"), Some(b"x".to_vec()));
        let best = disk.after_power_cut(1);
        assert_eq!(content(&best, "/neither"), Some(b"x".to_vec()));
    }

    #[test]
    fn a_file_in_a_directory_that_was_not_synced_into_its_parent_is_lost() {
        let disk = SimulatedDisk::new();
        disk.create_directory(Path::new("/a")).unwrap();
        let mut file = disk.create_file(Path::new("/a/f")).unwrap();
        file.sync().unwrap();
        disk.sync_directory(Path::new("/a")).unwrap();
        assert!(!disk.after_power_cut(0).exists(Path::new("/a/f")).unwrap());
        disk.sync_directory(Path::new("/")).unwrap();
        assert!(disk.after_power_cut(0).exists(Path::new("/a/f")).unwrap());
    }

    #[test]
    fn a_name_replaced_by_a_rename_is_never_missing() {
        for seed in 0..50 {
            let disk = SimulatedDisk::new();
            write(&disk, "/f", b"old", &["file", "name"]);
            write(&disk, "/f.new", b"new", &["file"]);
            disk.rename_over(Path::new("/f.new"), Path::new("/f")).unwrap();
            let found = content(&disk.after_power_cut(seed), "/f").unwrap();
            assert!(found == b"old" || found == b"new");
        }
    }

    #[test]
    fn writes_are_torn_by_some_seed_and_only_where_bytes_were_written() {
        let disk = SimulatedDisk::new();
        write(&disk, "/f", &[1; 3000], &["file", "name"]);
        let mut file = disk.open_file_to_change(Path::new("/f")).unwrap();
        file.write_all_at(100, &[2; 2000]).unwrap();
        let mut torn = 0;
        for seed in 0..50 {
            let found = content(&disk.after_power_cut(seed), "/f").unwrap();
            assert!(found[..100].iter().chain(&found[2100..]).all(|byte| *byte == 1));
            let twos = found.iter().filter(|byte| **byte == 2).count();
            torn += usize::from(twos > 0 && twos < 2000);
        }
        assert!(torn > 0);
    }

    #[test]
    fn a_failed_sync_loses_what_it_should_have_written() {
        let disk = SimulatedDisk::new();
        write(&disk, "/f", b"x", &["name"]);
        disk.fail_at(disk.changes(), io::ErrorKind::Other);
        let mut file = disk.open_file_to_change(Path::new("/f")).unwrap();
        assert!(file.sync().is_err());
        assert!(file.sync().is_ok());
        assert_eq!(content(&disk.after_power_cut(1), "/f"), Some(vec![]));
        assert_eq!(content(&disk, "/f"), Some(b"x".to_vec()));
    }

    #[test]
    fn nothing_works_once_the_power_is_cut() {
        let disk = SimulatedDisk::new();
        disk.cut_power_at(disk.changes());
        assert!(disk.create_file(Path::new("/f")).is_err());
        assert!(disk.exists(Path::new("/f")).is_err());
        assert!(disk.after_power_cut(0).create_file(Path::new("/f")).is_ok());
    }
}

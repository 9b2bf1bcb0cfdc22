use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{self, Scope};

use rustix::fd::OwnedFd;

use super::Listed;
use super::batch::{Batch, Filler};

/// How many threads read files, at most. The one that merges could not keep up with many more.
const MAX_THREADS: usize = 8;

/// Reads the files in batches, and hands these over in their order.
///
/// Nearly all time goes into system calls and into parsing, so threads share that if there is much of it: each has
/// every n-th batch, and is at most two ahead.
pub(super) fn in_order(
    directory: &OwnedFd,
    files: &[Listed],
    max_keys: usize,
    mut take: impl FnMut(&mut Batch<'_>),
) {
    let batches: Vec<_> = files.chunks(Batch::FILES).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lanes = cores.min(MAX_THREADS).min(batches.len() / 2).max(1);
    thread::scope(|scope| {
        let start = |number| {
            let filler = move || Filler::new(directory, max_keys, number + 1);
            let batches = batches.iter().skip(number).step_by(lanes).copied();
            let thread = if lanes > 1 { Lane::start(scope, filler, batches) } else { None };
            thread.unwrap_or_else(|| Lane::Here(Box::new(filler()), Batch::default()))
        };
        let mut lanes: Vec<_> = (0..lanes).map(start).collect();
        let mut next = 0;
        for files in &batches {
            let Some(lane) = lanes.get_mut(next) else { return };
            lane.next(files, &mut take);
            next = (next + 1) % lanes.len();
        }
    });
}

/// What fills each n-th batch.
enum Lane<'a> {
    Here(Box<Filler<'a>>, Batch<'a>),
    Thread { full: Receiver<Batch<'a>>, empty: Sender<Batch<'a>> },
}

impl<'a> Lane<'a> {
    /// `None` if the system has no thread for us.
    fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        filler: impl FnOnce() -> Filler<'a> + Send + 'scope,
        batches: impl Iterator<Item = &'a [Listed]> + Send + 'scope,
    ) -> Option<Self>
    where
        'a: 'scope,
    {
        let (fill, full) = sync_channel(1);
        let (empty, emptied) = channel::<Batch<'a>>();
        let work = move || {
            let mut filler = filler();
            for files in batches {
                let mut batch = emptied.try_recv().unwrap_or_default();
                filler.fill(&mut batch, files);
                if fill.send(batch).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().spawn_scoped(scope, work).ok()?;
        Some(Self::Thread { full, empty })
    }

    fn next(&mut self, files: &'a [Listed], take: &mut impl FnMut(&mut Batch<'_>)) {
        match self {
            Self::Here(filler, batch) => {
                filler.fill(batch, files);
                take(batch);
            }
            Self::Thread { full, empty } => {
                if let Ok(mut batch) = full.recv() {
                    take(&mut batch);
                    // fails when the thread has filled its last batch
                    let _ = empty.send(batch);
                }
            }
        }
    }
}

//! Parallel work whose results come in order.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crossbeam_channel::bounded;

/// Works on `jobs` items at a time, and passes each result to `take`, on the calling thread and in the order of the items,
/// as soon as those before it are done. Blocks.
pub fn run_ordered<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(&T, R),
) {
    let next = AtomicUsize::new(0);
    let (done, done_out) = bounded(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            let (next, done, work) = (&next, done.clone(), &work);
            scope.spawn(move || {
                while let i = next.fetch_add(1, Relaxed)
                    && let Some(item) = items.get(i)
                {
                    if done.send((i, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut waiting: Vec<Option<R>> = (0..items.len()).map(|_| None).collect();
        let mut turn = 0;
        for (i, result) in done_out {
            waiting[i] = Some(result);
            while let Some(result) = waiting.get_mut(turn).and_then(Option::take) {
                take(&items[turn], result);
                turn += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn run_ordered_results_come_in_order_whatever_they_take() {
        let items: Vec<u64> = (0..20).collect();
        let mut taken = Vec::new();
        // The first ones take the longest.
        let work = |&item: &u64| {
            thread::sleep(Duration::from_millis(20 - item));
            item * item
        };
        run_ordered(&items, 4, work, |&item, square| taken.push((item, square)));
        assert_eq!(taken, items.iter().map(|&item| (item, item * item)).collect::<Vec<_>>());
    }
}

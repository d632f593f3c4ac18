//! Parallel execution with results in order.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crossbeam_channel::bounded;

/// Runs `work` on up to `jobs` items in parallel. Passes each result to `handle` on the calling thread, in the order of
/// the items. Blocks.
pub fn run_ordered<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut handle: impl FnMut(&T, R),
) {
    let next = AtomicUsize::new(0);
    let (done, results) = bounded(jobs);
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
        let mut next_result = 0;
        for (i, result) in results {
            waiting[i] = Some(result);
            while let Some(result) = waiting.get_mut(next_result).and_then(Option::take) {
                handle(&items[next_result], result);
                next_result += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn run_ordered_returns_results_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..20).collect();
        let mut taken = Vec::new();
        // The first items take the longest.
        let work = |&item: &u64| {
            thread::sleep(Duration::from_millis(20 - item));
            item * item
        };
        run_ordered(&items, 4, work, |&item, square| taken.push((item, square)));
        assert_eq!(taken, items.iter().map(|&item| (item, item * item)).collect::<Vec<_>>());
    }
}

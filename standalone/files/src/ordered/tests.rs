//! Tests of parallel execution.

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
    run_ordered(items.clone(), 4, &NeverStopped, work, |&item, square| {
        taken.push((item, square));
        ControlFlow::Continue(())
    });
    assert_eq!(taken, items.iter().map(|&item| (item, item * item)).collect::<Vec<_>>());
}

#[test]
fn results_that_wait_for_a_slow_item_are_bounded() {
    let started = Arc::new(AtomicUsize::new(0));
    let ahead = Arc::new(AtomicUsize::new(0));
    let work = {
        let (started, ahead) = (Arc::clone(&started), Arc::clone(&ahead));
        move |&item: &usize| {
            started.fetch_add(1, Relaxed);
            if item == 0 {
                thread::sleep(Duration::from_millis(200));
                ahead.store(started.load(Relaxed), Relaxed);
            }
        }
    };
    let mut handled = 0;
    run_ordered((0..1000).collect(), 2, &NeverStopped, work, |_, ()| {
        handled += 1;
        ControlFlow::Continue(())
    });
    assert!(handled == 1000 && ahead.load(Relaxed) <= 2 * MAX_AHEAD, "{handled} handled, {ahead:?} at a time");
}

#[test]
fn break_ends_the_run() {
    let mut taken = Vec::new();
    run_ordered(
        (0..1000).collect(),
        3,
        &NeverStopped,
        |&item: &u64| item,
        |_, item| {
            taken.push(item);
            if item == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    assert_eq!(taken, [0, 1, 2, 3, 4, 5]);
}

/// Signal that stops a run at a time.
struct StopAt(Instant);

impl StopSignal<u64> for StopAt {
    fn is_stopped(&self) -> bool {
        Instant::now() >= self.0
    }

    fn stop_timeout(&self, _: &u64) -> Duration {
        Duration::from_millis(100)
    }
}

#[test]
fn stop_does_not_wait_for_a_blocked_item() {
    let started = Instant::now();
    let mut taken = Vec::new();
    let work = |&item: &u64| {
        if item == 1 {
            thread::sleep(Duration::from_secs(60));
        }
        item
    };
    run_ordered(vec![0, 1, 2], 1, &StopAt(started + Duration::from_millis(100)), work, |_, item| {
        taken.push(item);
        ControlFlow::Continue(())
    });
    assert!(started.elapsed() < Duration::from_secs(30), "it waited for the blocked item");
    assert_eq!(taken, [0]);
}

#[test]
#[should_panic(expected = "broken work")]
fn panic_of_the_work_is_resumed() {
    let work = |_: &u64| panic!("broken work");
    run_ordered(vec![1], 1, &NeverStopped, work, |_, ()| ControlFlow::Continue(()));
}

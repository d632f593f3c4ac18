//! Counters of allocations and frees on the audio thread, and of the memory in use by the process.

// The `GlobalAlloc` trait is unsafe; every call is forwarded to the system's allocator.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU8, Ordering};
use std::thread;

/// Allocator of the whole test binary, which counts its calls.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes that all threads have allocated and not freed.
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// Returns the number of bytes that the process has allocated and not freed.
pub(crate) fn live_bytes() -> isize {
    LIVE.load(Ordering::Relaxed)
}

/// Numbers of allocations and frees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) allocations: u64,
    pub(crate) frees: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.allocations += other.allocations;
        self.frees += other.frees;
    }
}

thread_local! {
    /// Counts so far, or none while the thread does not count. The cell is initialised at compile time and has no
    /// destructor, so it does not allocate.
    static COUNTED: Cell<Option<Counts>> = const { Cell::new(None) };
}

/// Runs `work` and returns its result with the allocations and frees of this thread.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    COUNTED.set(Some(Counts::default()));
    let done = work();
    (done, COUNTED.take().unwrap_or_default())
}

fn count(bytes: isize, add: impl FnOnce(&mut Counts)) {
    LIVE.fetch_add(bytes, Ordering::Relaxed);
    // While a thread ends, its cells may be destroyed already; then nothing is counted.
    let _ = COUNTED.try_with(|counted| {
        if let Some(mut counts) = counted.get() {
            add(&mut counts);
            counted.set(Some(counts));
        }
    });
}

// SAFETY: every call is forwarded to the system's allocator with unchanged arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, |counts| counts.allocations += 1);
        // SAFETY: the caller upholds the contract of the system's allocator, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, |counts| counts.allocations += 1);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize, |counts| {
            counts.allocations += 1;
            counts.frees += 1;
        });
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize), |counts| counts.frees += 1);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[test]
fn counter_detects_allocations_of_its_thread_only() {
    let mut kept: Vec<u8> = Vec::new();
    let nothing = Counts::default();
    let one = Counts { allocations: 1, frees: 0 };
    assert_eq!(counted(|| std::hint::black_box(3_u64).pow(2)).1, nothing);
    assert_eq!(counted(|| kept.reserve_exact(std::hint::black_box(64))).1, one, "a Vec");
    assert_eq!(counted(|| kept.reserve_exact(std::hint::black_box(128))).1, Counts { allocations: 1, frees: 1 });
    assert_eq!(counted(move || drop(kept)).1, Counts { allocations: 0, frees: 1 });
    let (text, counts) = counted(|| format!("{}", std::hint::black_box(7)));
    assert!(counts.allocations >= 1, "{text:?}: {counts:?}");
    // Allocations of another thread are not counted: it allocates while this one counts.
    let stage = Arc::new(AtomicU8::new(0));
    let reach = |stage: &AtomicU8, at: u8| {
        while stage.load(Ordering::Acquire) < at {
            std::hint::spin_loop();
        }
    };
    let theirs = Arc::clone(&stage);
    let other = thread::spawn(move || {
        reach(&theirs, 1);
        let made = vec![0_u8; 1000];
        theirs.store(2, Ordering::Release);
        made
    });
    let (_, counts) = counted(|| {
        stage.store(1, Ordering::Release);
        reach(&stage, 2);
    });
    assert_eq!((counts, other.join().unwrap().len()), (nothing, 1000));
}

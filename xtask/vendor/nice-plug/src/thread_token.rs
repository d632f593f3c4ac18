//! Identity of a thread that is read without the standard library's thread-local storage.
//!
//! On Linux, the first access of a thread to the thread-local storage of a loaded library allocates. So on an audio
//! thread, `std::thread::current()` allocates once in every plugin.

/// Identity of a thread, unique among the threads that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadToken(Token);

#[cfg(all(target_family = "unix", not(target_os = "macos")))]
type Token = libc::pthread_t;
#[cfg(not(all(target_family = "unix", not(target_os = "macos"))))]
type Token = std::thread::ThreadId;

impl ThreadToken {
    /// Returns the identity of the calling thread. Real-time safe where `pthread_self` is used.
    pub(crate) fn current() -> Self {
        #[cfg(all(target_family = "unix", not(target_os = "macos")))]
        // SAFETY: the function has no preconditions.
        return Self(unsafe { libc::pthread_self() });
        #[cfg(not(all(target_family = "unix", not(target_os = "macos"))))]
        return Self(crate::util::permit_alloc(|| std::thread::current().id()));
    }
}

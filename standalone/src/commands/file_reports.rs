//! Messages about files that commands share.

use std::path::Path;

use crate::commands::print::error_line;
use earmark_capture::decode::DecodeIssues;

/// Reports the defects of a decoded file on standard error. Returns false if audio is missing.
pub(super) fn report_issues(path: &Path, issues: &DecodeIssues, duration_s: f64, rate_hz: f64) -> bool {
    let name = path.display();
    let DecodeIssues { sanitized, packets, lost_frames, missing_frames, channels_cancel } = *issues;
    if sanitized > 0 {
        error_line!("{name}: {sanitized} invalid samples (NaN, infinite or beyond +120 dBFS) were set to 0");
    }
    if packets > 0 && lost_frames > 0 {
        error_line!("{name}: {packets} damaged packets of {:.3} s were skipped", lost_frames as f64 / rate_hz);
    } else if packets > 0 {
        error_line!("{name}: {packets} damaged packets were skipped");
    }
    if channels_cancel {
        error_line!("{name}: the channels cancel each other in the mono mix that is analyzed (one is inverted)");
    }
    if missing_frames > 0 {
        let expected_s = duration_s + missing_frames as f64 / rate_hz;
        error_line!("{name}: truncated: expected {expected_s:.3} s, got {duration_s:.3} s");
    }
    packets == 0 && missing_frames == 0
}

/// Runs `work`. A panic of a decoder on a damaged file is reported as the error of that file, without a panic message.
pub(super) fn without_panic_messages<T>(work: impl FnOnce() -> T) -> T {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = work();
    std::panic::set_hook(hook);
    result
}

//! Columns by spectra: new ones at once, and partial ones that are continued.

use pulp::{Simd, WithSimd};

use super::super::{BLOCK, Continue, Cut, Start, blocks_mut};
use super::SpectralKernel;
use super::bins::{BINS, PARTS, Spectrum};

/// Number of columns that share one pass over the weights.
const PAIR: usize = 2;

impl SpectralKernel {
    /// Starts columns in `rows`, continues others to their end in `rows`, then others in `right`, so that each block of
    /// weights is read once for all of them.
    pub(in super::super::super) fn advance(
        &self,
        plane: &[f32],
        (starts, cuts, completing, growing): (&[Start], &[Cut], &[Continue], &[Continue]),
        sums: &mut [f32],
        (rows, right): (&mut [f32], &mut [f32]),
        spectra: &mut Vec<f32>,
    ) {
        let first_tap = |column: &Start| cuts[column.cuts.clone()].last().map_or(0, |cut| cut.from_tap);
        let begins = starts.iter().map(|column| column.origin + first_tap(column) as isize);
        let ends = starts.iter().map(|column| column.origin + self.taps as isize);
        let resumed = || completing.iter().chain(growing);
        let begin = begins.chain(resumed().map(|column| column.origin + column.taps.start as isize)).min();
        let end = ends.chain(resumed().map(|column| column.origin + column.taps.end as isize)).max();
        if let Some((begin, end)) = begin.zip(end) {
            self.transform(plane, begin as usize..end as usize, spectra);
            let columns = (starts, cuts, completing, growing);
            self.arch.dispatch(AdvanceSpectra { kernel: self, spectra, begin, columns, sums, rows, right });
        }
    }

    /// Continues columns by further taps, as [`BandKernel::resume`](super::super::BandKernel::resume) does; `spectra` is a reused
    /// buffer.
    pub(in super::super::super) fn resume(
        &self,
        plane: &[f32],
        columns: &[Continue],
        sums: &mut [f32],
        out: &mut [f32],
        spectra: &mut Vec<f32>,
    ) {
        let begin = columns.iter().map(|column| column.origin + column.taps.start as isize).min();
        let end = columns.iter().map(|column| column.origin + column.taps.end as isize).max();
        if let Some((begin, end)) = begin.zip(end) {
            self.transform(plane, begin as usize..end as usize, spectra);
            self.arch.dispatch(ResumeSpectrum { kernel: self, spectra, begin, columns, sums, out });
        }
    }
}

/// Calls the method `run` for the vector width of the processor.
macro_rules! by_width {
    ($kernel:ty) => {
        impl WithSimd for $kernel {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                match S::F32_LANES {
                    16 => self.run::<S, 1>(simd),
                    8 => self.run::<S, 2>(simd),
                    4 => self.run::<S, 4>(simd),
                    _ => self.run::<S, BLOCK>(simd),
                }
            }
        }
    };
}

/// Computation of new columns.
struct NewSpectrum<'a> {
    kernel: &'a SpectralKernel,
    spectra: &'a [f32],
    /// Frame of the first spectrum.
    begin: isize,
    columns: &'a [Start],
    cuts: &'a [Cut],
    out: &'a mut [f32],
}

impl NewSpectrum<'_> {
    /// Computes a block of all columns.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize>(&mut self, simd: S, block: usize) {
        let (pairs, rest) = self.columns.as_chunks::<PAIR>();
        for pair in pairs {
            self.columns::<S, PAIR, VECTORS>(simd, block, pair);
        }
        for column in rest {
            self.columns::<S, 1, VECTORS>(simd, block, std::array::from_ref(column));
        }
    }

    /// Computes a block of `N` columns. A column is summed down to its first cut only, but the sums of all columns end at
    /// the cuts of each.
    #[inline(always)]
    fn columns<S: Simd, const N: usize, const VECTORS: usize>(&mut self, simd: S, block: usize, columns: &[Start; N]) {
        let out = blocks_mut::<S, VECTORS>(self.out);
        let mut sums = [[[[simd.splat_f32s(0.0); VECTORS]; PARTS]; BINS]; N];
        let mut next: [usize; N] = std::array::from_fn(|n| columns[n].cuts.start);
        let mut end_tap = self.kernel.taps;
        loop {
            let due = |n: usize| self.cuts[next[n]..columns[n].cuts.end].first().map(|cut| cut.from_tap);
            let Some(from_tap) = (0..N).filter_map(due).max() else { break };
            // The sums of a column that is finished may go on with any frame.
            let rows = std::array::from_fn(|n| (columns[n].origin + from_tap as isize - self.begin).max(0) as usize);
            self.kernel.add::<S, N, VECTORS>(simd, block, from_tap..end_tap, (self.spectra, rows), &mut sums);
            for (n, next) in next.iter_mut().enumerate() {
                let Some(cut) = self.cuts[*next..columns[n].cuts.end].first().filter(|cut| cut.from_tap == from_tap)
                else {
                    continue;
                };
                out[cut.to * self.kernel.blocks + block] = self.kernel.finish::<S, VECTORS>(simd, block, &sums[n]);
                *next += 1;
            }
            end_tap = from_tap;
        }
    }
}

/// Continuation of columns from partial sums, dispatched by vector width.
struct ResumeSpectrum<'a> {
    kernel: &'a SpectralKernel,
    spectra: &'a [f32],
    /// Frame of the first spectrum.
    begin: isize,
    columns: &'a [Continue],
    sums: &'a mut [f32],
    out: &'a mut [f32],
}

by_width!(ResumeSpectrum<'_>);

impl ResumeSpectrum<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(mut self, simd: S) {
        for block in 0..self.kernel.blocks {
            self.block::<S, VECTORS>(simd, block);
        }
    }

    /// Continues a block of all columns.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize>(&mut self, simd: S, block: usize) {
        let Self { kernel, spectra, begin, columns, sums: kept, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        for column in *columns {
            let kept = &mut kept[column.sums * kernel.sums_len()..][..kernel.sums_len()];
            let kept = blocks_mut::<S, VECTORS>(kept).as_chunks_mut::<PARTS>().0;
            let Some(kept) = kept.as_chunks_mut::<BINS>().0.get_mut(block..=block) else { continue };
            let Ok(kept) = <&mut [Spectrum<S::f32s, VECTORS>; 1]>::try_from(kept) else { continue };
            if column.taps.start == 0 {
                *kept = [[[[simd.splat_f32s(0.0); VECTORS]; PARTS]; BINS]];
            }
            let row = (column.origin + column.taps.start as isize - *begin) as usize;
            kernel.add::<S, 1, VECTORS>(simd, block, column.taps.clone(), (spectra, [row]), kept);
            out[column.to * kernel.blocks + block] = kernel.finish::<S, VECTORS>(simd, block, &kept[0]);
        }
    }
}

/// Start and continuation of columns, dispatched by vector width.
struct AdvanceSpectra<'a> {
    kernel: &'a SpectralKernel,
    spectra: &'a [f32],
    /// Frame of the first spectrum.
    begin: isize,
    columns: (&'a [Start], &'a [Cut], &'a [Continue], &'a [Continue]),
    sums: &'a mut [f32],
    rows: &'a mut [f32],
    right: &'a mut [f32],
}

by_width!(AdvanceSpectra<'_>);

impl AdvanceSpectra<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, spectra, begin, columns: (starts, cuts, completing, growing), sums, rows, right } = self;
        for block in 0..kernel.blocks {
            NewSpectrum { kernel, spectra, begin, columns: starts, cuts, out: &mut *rows }
                .block::<S, VECTORS>(simd, block);
            // Complete columns first: new columns at the right border reuse their sums.
            for (columns, out) in [(completing, &mut *rows), (growing, &mut *right)] {
                let sums = &mut *sums;
                ResumeSpectrum { kernel, spectra, begin, columns, sums, out }.block::<S, VECTORS>(simd, block);
            }
        }
    }
}

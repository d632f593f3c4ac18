//! Format of the written stems.

/// Format of the written stems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StemFormat {
    /// WAV with 32-bit floating-point samples, which have no full scale.
    WavFloat,
    /// WAV with integers.
    Wav {
        /// Bits per sample: 16 or 24.
        bits: u32,
    },
    /// FLAC.
    Flac {
        /// Bits per sample: 16 or 24.
        bits: u32,
    },
}

impl StemFormat {
    /// Returns the extension of the files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        if matches!(self, Self::Flac { .. }) { "flac" } else { "wav" }
    }

    pub(super) fn integer_bits(self) -> Option<u32> {
        match self {
            Self::WavFloat => None,
            Self::Wav { bits } | Self::Flac { bits } => Some(bits),
        }
    }

    pub(super) fn bits(self) -> u32 {
        self.integer_bits().unwrap_or(32)
    }
}

//! What HELICS says when it refuses.

use crate::api::{RawError, Text};
use std::ffi::{CStr, CString};

/// A refusal of the library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct HelicsError {
    /// Its code.
    pub code: i32,
    /// What it says.
    pub message: String,
}

impl HelicsError {
    /// Whether there is no broker, or it had no time: another attempt may work.
    pub fn is_of_connection(&self) -> bool {
        let text = self.message.to_lowercase();
        self.code == Self::CONNECTION_FAILURE
            || text.contains("unable to connect")
            || text.contains("timeout")
            || text.contains("timed out")
    }

    /// Whether it only says that the call comes at the wrong time: after a failure that was told
    /// elsewhere.
    pub fn is_aftermath(&self) -> bool {
        self.code == Self::INVALID_CALL
    }

    /// What it says; the words of a federate that failed stand alone.
    fn words(&self) -> String {
        let Self { code, message } = self;
        if *code == Self::OTHER {
            message.clone()
        } else {
            format!("HELICS: {message} (code {code})")
        }
    }

    /// What another federate said when it failed.
    pub fn told(words: &str) -> Self {
        Self { code: Self::OTHER, message: words.to_owned() }
    }

    const CONNECTION_FAILURE: i32 = -2;
    const INVALID_CALL: i32 = -10;
    const OTHER: i32 = -101;

    /// A refusal of our own: a text with a zero in it, which C cannot take.
    fn zero_in(text: &str) -> Self {
        Self { code: -4, message: format!("`{}` holds a zero character", text.escape_debug()) }
    }
}

/// Why the library could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is nowhere.
    #[error(
        "libhelics was not found ({looked}): install it with `pip install helics`, or name the \
         library in HELICS_LIB"
    )]
    NotFound {
        /// Where it was looked for, and what was wrong there.
        looked: String,
    },
    /// It is another library, or one that is too old.
    #[error("{path} is no libhelics 3: {why}")]
    Strange {
        /// Which file.
        path: String,
        /// What is missing.
        why: String,
    },
}

/// Calls with a place for an error; the error, if one was put there.
pub fn call<T>(f: impl FnOnce(*mut RawError) -> T) -> Result<T, HelicsError> {
    let mut raw = RawError { code: 0, message: std::ptr::null() };
    let result = f(&raw mut raw);
    if raw.code == 0 {
        return Ok(result);
    }
    let message = text(raw.message);
    Err(HelicsError { code: raw.code, message: message.trim().to_owned() })
}

/// A copy of a text of the library; nothing where it gives none.
pub fn text(text: Text) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the library gives texts that end with 0 and live until its next call on this object.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A text for the library.
pub fn c_text(text: &str) -> Result<CString, HelicsError> {
    CString::new(text).map_err(|_| HelicsError::zero_in(text))
}

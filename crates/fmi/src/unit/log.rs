//! Where the messages of an instance go: the master's own function.

use std::ffi::{CString, c_char, c_int, c_void};

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good to know; told where the master wants to hear everything.
    Note,
    /// Probably not meant.
    Warning,
    /// Why a call has failed.
    Error,
    /// Why the instance is of no more use.
    Fatal,
}

impl Level {
    /// Status and category of a message, as both standards number and name them.
    fn words(self) -> (c_int, &'static str) {
        match self {
            Self::Note => (0, "logAll"),
            Self::Warning => (1, "logStatusWarning"),
            Self::Error => (3, "logStatusError"),
            Self::Fatal => (4, "logStatusFatal"),
        }
    }
}

/// The function of FMI 2: environment, instance, status, category, a format and what it formats.
pub type Logger2 =
    unsafe extern "C" fn(*mut c_void, *const c_char, c_int, *const c_char, *const c_char, ...);
/// The function of FMI 3: environment, status, category, message.
pub type Logger3 = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *const c_char);

/// The master's function.
#[derive(Clone, Copy)]
pub enum Listener {
    /// Nobody listens.
    None,
    /// A master of FMI 2.
    Two(Logger2),
    /// A master of FMI 3.
    Three(Logger3),
}

/// Where the messages of an instance go.
pub struct Log {
    /// The function.
    pub listener: Listener,
    /// What it is called with.
    pub environment: *mut c_void,
    /// The name of the instance.
    pub name: CString,
    /// Whether the master wants to hear everything.
    pub everything: bool,
}

impl Log {
    /// Says something to the master. Warnings and errors are always told.
    pub fn say(&self, level: Level, text: &str) {
        if level == Level::Note && !self.everything {
            return;
        }
        let (status, category) = level.words();
        let plain = |text: &str| CString::new(text.replace('\0', " ")).unwrap_or_default();
        let category = plain(category);
        match self.listener {
            Listener::None => {}
            Listener::Two(logger) => {
                // The text is a format there.
                let text = plain(&text.replace('%', "%%"));
                // SAFETY: the master keeps function and environment as long as the instance.
                unsafe {
                    logger(
                        self.environment,
                        self.name.as_ptr(),
                        status,
                        category.as_ptr(),
                        text.as_ptr(),
                    );
                }
            }
            Listener::Three(logger) => {
                let text = plain(text);
                // SAFETY: as above.
                unsafe { logger(self.environment, status, category.as_ptr(), text.as_ptr()) }
            }
        }
    }
}

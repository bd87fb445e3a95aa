//! A broker inside this process.

use crate::api::Object;
use crate::error::{HelicsError, c_text, call, text};
use crate::joining::CoreType;
use crate::library::Library;

/// A broker: the place where federates meet. It is disconnected when it goes.
pub struct Broker {
    library: Library,
    broker: Object,
}

// SAFETY: the library locks its objects; a broker may be used and let go by another thread.
unsafe impl Send for Broker {}

impl Broker {
    /// Starts a broker that waits for so many federates. `options` is HELICS' own command line for
    /// brokers, such as `--port=23404 --broker_address=root:23404`.
    ///
    /// # Errors
    /// If its port is taken, or an option is unknown.
    pub fn start(
        library: Library,
        core: CoreType,
        name: &str,
        federates: usize,
        options: &str,
    ) -> Result<Self, HelicsError> {
        let kind = c_text(core.word())?;
        let name = c_text(name)?;
        let init = c_text(&format!("-f {federates} --loglevel=no_print {options}"))?;
        let create = library.api.create_broker;
        // SAFETY: three texts that live through the call.
        let broker = call(|e| unsafe { create(kind.as_ptr(), name.as_ptr(), init.as_ptr(), e) })?;
        Ok(Self { library, broker })
    }

    /// Where federates find it, such as `tcp://127.0.0.1:23404`.
    pub fn address(&self) -> String {
        // SAFETY: the broker is alive.
        text(unsafe { (self.library.api.broker_address)(self.broker) })
    }

    /// Whether it still serves.
    pub fn is_connected(&self) -> bool {
        // SAFETY: the broker is alive.
        unsafe { (self.library.api.broker_connected)(self.broker) != 0 }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let api = self.library.api;
        // SAFETY: the broker is alive, and nobody uses it after this.
        let _ = call(|e| unsafe { (api.broker_disconnect)(self.broker, e) });
        unsafe { (api.broker_free)(self.broker) }
    }
}

//! How a federate joins a federation.

use crate::api::constant;
use crate::error::{HelicsError, c_text, call};
use crate::federate::Federate;
use crate::library::Library;

/// How cores and brokers talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CoreType {
    /// ZeroMQ: HELICS' default; several ports.
    #[default]
    Zmq,
    /// TCP over a single port, which firewalls like better.
    TcpSs,
}

impl CoreType {
    /// HELICS' word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Zmq => "zmq",
            Self::TcpSs => "tcp_ss",
        }
    }

    /// Bytes of a message that every core and broker takes. The buffer of a broker on a single port
    /// holds 4,096 bytes by default, that of its cores 10,192: what does not fit blocks the
    /// connection for ever. ZeroMQ has no such bound.
    pub fn message_bytes(self) -> usize {
        match self {
            Self::Zmq => 1 << 20,
            Self::TcpSs => 4096,
        }
    }

    /// The port of a broker that was given none.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Zmq => 23404,
            Self::TcpSs => 33133,
        }
    }
}

/// How a federate joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The federate's name.
    pub name: String,
    /// How it talks.
    pub core: CoreType,
    /// The broker's host and port; none means one of this machine at the usual port.
    pub broker: Option<String>,
    /// How long one attempt waits for the broker \[ms\].
    pub attempt_ms: u64,
}

impl Joining {
    /// Joins; one attempt.
    ///
    /// # Errors
    /// [`HelicsError::is_of_connection`] where there is no broker, or it is busy with others;
    /// else what it refuses, such as a name that is taken.
    pub fn attempt(&self, library: Library, number: u32) -> Result<Federate, HelicsError> {
        let api = library.api;
        let kind = c_text(self.core.word())?;
        let name = c_text(&self.name)?;
        // Every attempt makes a core of its own: the last one may still be dying.
        let core = c_text(&format!("{}-{}-{number}", self.name, std::process::id()))?;
        let init = c_text(&self.core_options())?;
        // SAFETY: the call takes nothing.
        let info = unsafe { (api.create_info)() };
        let made = (|| {
            // SAFETY: `info` is alive, as are the texts, through each of the calls.
            unsafe {
                call(|e| (api.info_core_type)(info, kind.as_ptr(), e))?;
                call(|e| (api.info_core_name)(info, core.as_ptr(), e))?;
                call(|e| (api.info_core_init)(info, init.as_ptr(), e))?;
                for flag in [constant::FLAG_UNINTERRUPTIBLE, constant::FLAG_TERMINATE_ON_ERROR] {
                    call(|e| (api.info_flag)(info, flag, 1, e))?;
                }
                let (level, none) =
                    (constant::PROPERTY_INT_LOG_LEVEL, constant::LOG_LEVEL_NO_PRINT);
                call(|e| (api.info_integer)(info, level, none, e))?;
                let federate = call(|e| (api.create_federate)(name.as_ptr(), info, e))?;
                let core = call(|e| (api.federate_core)(federate, e))?;
                Ok(Federate::of(library, &self.name, federate, core))
            }
        })();
        // SAFETY: nobody uses `info` after this.
        unsafe { (api.info_free)(info) };
        made
    }

    fn core_options(&self) -> String {
        let mut options =
            format!("--federates=1 --loglevel=no_print --timeout={}ms", self.attempt_ms);
        if let Some(broker) = &self.broker {
            options.push_str(&format!(" --broker_address={broker}"));
        }
        options
    }
}

//! How a world and its simulator find each other, and how long one waits for the other.

use super::frame::{Decoder, TooLong};
use super::request::{Call, Request};
use super::session::{Next, Session};
use crate::member::Host;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};

/// How much and how long a partner may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message (bytes).
    pub message: usize,
    /// The longest first message (bytes).
    pub first_message: usize,
    /// Connections that may wait to be understood at a time.
    pub waiting: usize,
    /// How long a connection may take to say `init`.
    pub greeting: Duration,
    /// How long a message may take once it has begun, or an answer to be taken.
    pub transfer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 4 << 20,
            first_message: 64 << 10,
            waiting: 64,
            greeting: Duration::from_secs(10),
            transfer: Duration::from_secs(30),
        }
    }
}

/// How a session ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Runs that came to their end.
    pub complete: usize,
    /// Runs that did not: their tables hold what was finished.
    pub cut_short: usize,
}

/// Why a session did not end well. Tables are closed all the same.
#[derive(Debug, thiserror::Error)]
pub enum MosaikError {
    /// Nobody can be listened to, or reached.
    #[error("{address}: {error}")]
    Address {
        /// Where.
        address: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The world is gone in the middle.
    #[error("mosaik has gone: {0}")]
    Lost(String),
    /// The partner does not speak the protocol.
    #[error("the partner does not speak mosaik's protocol: {0}")]
    NoMosaik(String),
    /// A request was refused, and the world ended.
    #[error("{0}")]
    Refused(String),
    /// The user has ended it.
    #[error("interrupted")]
    Interrupted,
}

/// How often it is looked whether the user wants to end it.
const LOOK: Duration = Duration::from_millis(100);

/// Waits for a world at an address, and is its simulator until it stops. Whoever does not say `init`
/// is sent away; `listening` is told where it waits.
///
/// # Errors
/// If it cannot listen, or the session does not end well.
pub fn listen(
    address: &str,
    limits: Limits,
    host: &mut dyn Host,
    listening: &mut dyn FnMut(SocketAddr),
) -> Result<End, MosaikError> {
    let at = |error| MosaikError::Address { address: address.to_owned(), error };
    runtime().map_err(at)?.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(at)?;
        listening(listener.local_addr().map_err(at)?);
        let greeted = first(&listener, limits, host).await?;
        drop(listener);
        session(greeted, limits, host).await
    })
}

/// Goes to a world at an address, and is its simulator until it stops.
///
/// # Errors
/// If it cannot be reached, or the session does not end well.
pub fn connect(address: &str, limits: Limits, host: &mut dyn Host) -> Result<End, MosaikError> {
    let at = |error| MosaikError::Address { address: address.to_owned(), error };
    runtime().map_err(at)?.block_on(async {
        let late = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not answer");
        let connecting = timeout(limits.greeting, TcpStream::connect(address));
        let stream = connecting.await.map_err(late).and_then(|done| done).map_err(at)?;
        let greeted = Greeted { stream, decoder: Decoder::new(limits.message), first: None };
        session(greeted, limits, host).await
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A connection, and what has come over it.
struct Greeted {
    stream: TcpStream,
    decoder: Decoder,
    /// The first message, where it was read already.
    first: Option<Vec<u8>>,
}

/// The first connection that says `init`.
async fn first(
    listener: &TcpListener,
    limits: Limits,
    host: &mut dyn Host,
) -> Result<Greeted, MosaikError> {
    let (found, mut finds) = mpsc::channel(1);
    let mut waiting = JoinSet::new();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            Some(greeted) = finds.recv() => return Ok(greeted),
            _ = look.tick() => if host.interrupted() { return Err(MosaikError::Interrupted) },
            Some(_) = waiting.join_next() => {}
            accepted = listener.accept() => match accepted {
                // More than can wait are sent away.
                Ok(_) if waiting.len() >= limits.waiting => {}
                Ok((stream, from)) => {
                    let found = found.clone();
                    waiting.spawn(async move {
                        match greet(stream, limits).await {
                            Ok(greeted) => _ = found.send(greeted).await,
                            Err(why) => tracing::warn!("{from} is sent away: {why}"),
                        }
                    });
                }
                // Such as too many open files: others have to go first.
                Err(e) => {
                    tracing::warn!("a connection failed: {e}");
                    tokio::time::sleep(LOOK).await;
                }
            },
        }
    }
}

/// Reads until the first message is whole, and looks whether it says `init`.
async fn greet(mut stream: TcpStream, limits: Limits) -> Result<Greeted, String> {
    let mut decoder = Decoder::new(limits.first_message);
    let until = Instant::now() + limits.greeting;
    let mut bytes = vec![0; 4096];
    loop {
        if let Some(message) = decoder.next_frame().map_err(|e| e.to_string())? {
            let call = Request::read(&message)?.call;
            // What is wrong with an `init` the session says.
            if !matches!(call, Ok(Call::Init { .. })) && !is_init(&message) {
                return Err("the first call is `init`".to_owned());
            }
            decoder.allow(limits.message);
            return Ok(Greeted { stream, decoder, first: Some(message) });
        }
        let read = timeout_at(until, stream.read(&mut bytes)).await;
        match read.map_err(|_| "it says nothing".to_owned())?.map_err(|e| e.to_string())? {
            0 => return Err("it has gone".to_owned()),
            n => decoder.push(&bytes[..n]),
        }
    }
}

/// Whether a request that cannot be understood is meant as `init`.
fn is_init(message: &[u8]) -> bool {
    String::from_utf8_lossy(message).contains("\"init\"")
}

/// Answers until the world stops or is gone; then everything is closed.
async fn session(
    mut greeted: Greeted,
    limits: Limits,
    host: &mut dyn Host,
) -> Result<End, MosaikError> {
    // Answers are small and waited for.
    let _ = greeted.stream.set_nodelay(true);
    let mut session = Session::default();
    let talked = talk(&mut greeted, limits, &mut session, host).await;
    let closed = session.end(host);
    match (talked, closed) {
        (Err(MosaikError::Interrupted), _) => Err(MosaikError::Interrupted),
        (_, Err(why)) => Err(MosaikError::Refused(why)),
        (Err(e), Ok((_, cut_short))) if cut_short > 0 => Err(e),
        (_, Ok((complete, cut_short))) => Ok(End { complete, cut_short }),
    }
}

async fn talk(
    greeted: &mut Greeted,
    limits: Limits,
    session: &mut Session,
    host: &mut dyn Host,
) -> Result<(), MosaikError> {
    let Greeted { stream, decoder, first } = greeted;
    let mut bytes = vec![0; 64 << 10];
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Since when a message is on its way.
    let mut since: Option<Instant> = None;
    loop {
        let too_long = |e: TooLong| MosaikError::NoMosaik(e.to_string());
        loop {
            let next = first.take().map_or_else(|| decoder.next_frame(), |m| Ok(Some(m)));
            let Some(message) = next.map_err(too_long)? else { break };
            let answer = session.handle(&message, host);
            let sent = timeout(limits.transfer, stream.write_all(&answer.bytes)).await;
            let lost = |what: String| MosaikError::Lost(what);
            sent.map_err(|_| lost("it does not take answers".to_owned()))?
                .map_err(|e| lost(e.to_string()))?;
            match answer.next {
                Next::Listen => since = None,
                Next::Stop => return Ok(()),
                Next::Interrupted => return Err(MosaikError::Interrupted),
                Next::Leave(why) => return Err(MosaikError::NoMosaik(why)),
            }
        }
        if !decoder.is_within() {
            since = None;
        } else if since.get_or_insert_with(Instant::now).elapsed() > limits.transfer {
            return Err(MosaikError::Lost("a message does not end".to_owned()));
        }
        tokio::select! {
            read = stream.read(&mut bytes) => match read {
                Ok(0) => return Err(MosaikError::Lost("it closed the connection".to_owned())),
                Ok(n) => decoder.push(&bytes[..n]),
                Err(e) => return Err(MosaikError::Lost(e.to_string())),
            },
            _ = look.tick() => if host.interrupted() { return Err(MosaikError::Interrupted) },
        }
    }
}

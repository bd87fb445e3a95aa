//! The program's part of a unit at work: answers what the library inside the unit asks for, until
//! its input ends.

use crate::session::Session;
use crate::wire::{Answer, Request, receive, send};
use record::Software;
use std::io::{self, Read, Write};

/// Answers requests from `from` on `to` until the end of the stream; then the tables of an open run
/// are closed as those of an interrupted one.
///
/// # Errors
/// If a request cannot be read or an answer not written.
pub fn serve(from: &mut impl Read, to: &mut impl Write, software: &Software) -> io::Result<()> {
    let mut session = None;
    let mut served = || -> io::Result<()> {
        while let Some(bytes) = receive(from)? {
            let request = Request::read(&bytes)?;
            let answer = answer(&mut session, request, software).unwrap_or_else(Answer::Refused);
            send(to, &answer.bytes())?;
        }
        Ok(())
    };
    let served = served();
    if let Some(mut session) = session {
        session.forget();
    }
    served
}

fn answer(
    session: &mut Option<Session>,
    request: Request,
    software: &Software,
) -> Result<Answer, String> {
    if let Request::Open { folder, token } = request {
        let opened = session.insert(Session::open(&folder, &token, software)?);
        return Ok(Answer::Opened(opened.kinds()));
    }
    let session = session.as_mut().ok_or("nothing is open")?;
    match request {
        Request::Open { .. } => Err("it is open already".to_owned()),
        Request::Start(start) => session.start(&start),
        Request::Step { to_s, given } => session.step(to_s, &given),
        Request::Save => session.save(),
        Request::Restore { start, state } => session.restore(&start, &state),
        Request::Finish => session.finish(),
        Request::Reset => {
            session.forget();
            Ok(Answer::Done)
        }
    }
}

//! The page of a run.

use crate::board::Board;
use crate::governor::{Governor, Mode};
use crate::server::{Server, Subject};
use crate::{About, Address, Ending, LiveError, Pace};
use domain::Time;
use simulation::{Progress, Simulation, Watcher};
use std::path::Path;
use std::sync::Arc;

/// How a run with a page begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// It goes, at a pace.
    Going(Pace),
    /// It waits where its record begins until it is told to go on.
    Waiting,
}

/// The page of a run, offered until the run ends.
pub struct Live {
    board: Arc<Board>,
    server: Server,
    interrupted: fn() -> bool,
}

impl Live {
    /// Offers the page. `interrupted` says when the user wants to end the run.
    ///
    /// # Errors
    /// If the address cannot be listened on, or the system gives no thread.
    pub fn start(
        address: Address,
        about: About,
        start: Start,
        interrupted: fn() -> bool,
    ) -> Result<Self, LiveError> {
        let governor = match start {
            Start::Going(pace) => Governor::new(Mode::Going, pace),
            Start::Waiting => Governor::new(Mode::Until(Time::START), Pace::Full),
        };
        let board = Arc::new(Board::new(about, governor));
        let server = Server::start(address, Subject::Run(board.clone()))?;
        Ok(Self { board, server, interrupted })
    }

    /// Where the page is; whoever knows it may look and pause.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Says where the tables go.
    pub fn goes_to(&self, directory: &Path) {
        self.board.goes_to(directory.display().to_string());
    }

    /// What the run is to hand its rows to.
    pub fn watcher(&self) -> Watcher {
        let board = self.board.clone();
        Box::new(move |rows| board.take(rows))
    }

    /// What the run is to show itself to where it begins, and between periods.
    pub fn looker(&self) -> Box<dyn FnMut(&Simulation) + Send> {
        let (board, interrupted) = (self.board.clone(), self.interrupted);
        Box::new(move |run| {
            board.look(run);
            board.governor.hold(run.now(), &interrupted);
        })
    }

    /// Comes back when the run may go on: after pauses, at its pace.
    pub fn hold(&self, progress: Progress) {
        self.board.governor.hold(progress.now, &self.interrupted);
    }

    /// Tells whoever looks how the run ended, and closes the page.
    pub fn end(self, ending: Ending) {
        self.board.end(ending);
        self.server.stop();
    }
}

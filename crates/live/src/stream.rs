//! What one reader gets, event by event: the parts of a frame that are new to them, and facts.
//! A slow reader gets fewer frames, never a longer queue.

use crate::frame::Frame;
use crate::query::Query;
use crate::server::{Shared, Subject};
use axum::response::sse::Event;
use futures_util::{Stream, stream};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;

/// Facts in one event; of more, the last are sent and the number of the others is said.
const FACTS: usize = 200;

struct Reader {
    shared: Arc<Shared>,
    frames: watch::Receiver<Arc<Frame>>,
    sent: HashMap<&'static str, u64>,
    query: Query,
    /// Number of the first fact that was not sent yet; none before the first event.
    next_fact: Option<u64>,
    queue: VecDeque<Event>,
    began: bool,
    ended: bool,
}

/// The events of a page for one reader.
pub(crate) fn events(
    shared: Arc<Shared>,
    query: Query,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let frames = shared.frames.subscribe();
    let reader = Reader {
        shared,
        frames,
        sent: HashMap::new(),
        query,
        next_fact: None,
        queue: VecDeque::new(),
        began: false,
        ended: false,
    };
    stream::unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    })
}

impl Reader {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            if std::mem::replace(&mut self.began, true) {
                self.frames.changed().await.ok()?;
            }
            let frame = self.frames.borrow_and_update().clone();
            self.take(&frame);
        }
    }

    fn take(&mut self, frame: &Frame) {
        for part in frame.parts() {
            if self.sent.insert(part.name, part.version) != Some(part.version) {
                self.queue.push_back(Event::default().event(part.name).data(&*part.json));
            }
        }
        if let Subject::Run(board) = &self.shared.subject {
            let kept = board.kept();
            let from = self.next_fact.unwrap_or(0);
            if from < kept.next || self.next_fact.is_none() {
                let rows = kept.last(from, &self.query, FACTS, &board.about.currency);
                let known = self.next_fact.map_or(0, |from| kept.next - from);
                let facts = json!({ "rows": rows, "new": known, "kept_from": kept.first() });
                self.queue.push_back(Event::default().event("facts").data(facts.to_string()));
                self.next_fact = Some(kept.next);
            }
        }
        if frame.last {
            self.ended = true;
            self.queue.push_back(Event::default().event("end").data("{}"));
        }
    }
}

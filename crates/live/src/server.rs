//! The server: a thread of its own with one page, a stream of events, and what may be asked.

#![allow(clippy::unused_async, reason = "a handler is async, whether it waits or not")]

use crate::board::Board;
use crate::ending::Ending;
use crate::frame::Frame;
use crate::governor::Wish;
use crate::guard::Guard;
use crate::listener::{Bounded, PATIENCE};
use crate::query::Query;
use crate::study::StudyBoard;
use crate::{Address, LiveError, Pace, page, stream};
use axum::extract::{DefaultBodyLimit, Path, Query as UrlQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Span;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How often a frame is made, if somebody looks.
const TICK: Duration = Duration::from_millis(150);
/// How long those who look may take to get the last frame.
const FAREWELL: Duration = Duration::from_secs(1);
/// The longest body of a request (bytes).
const BODY: usize = 1024;

/// What the page is of.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Run(Arc<Board>),
    Study(Arc<StudyBoard>),
}

impl Subject {
    fn frame(&self, before: &Frame) -> Frame {
        match self {
            Self::Run(board) => board.frame(before),
            Self::Study(board) => board.frame(before),
        }
    }

    fn end(&self, ending: Ending) {
        match self {
            Self::Run(board) => board.end(ending),
            Self::Study(board) => board.end(ending),
        }
    }
}

/// What all requests see.
#[derive(Debug)]
pub(crate) struct Shared {
    pub subject: Subject,
    guard: Guard,
    /// The frame of now; whoever is late sees the last one only.
    pub frames: watch::Sender<Arc<Frame>>,
}

/// The server's thread.
pub(crate) struct Server {
    url: String,
    subject: Subject,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens and serves on a thread of its own.
    pub fn start(Address(address): Address, subject: Subject) -> Result<Self, LiveError> {
        let listen = |reason| LiveError::Listen { address, reason };
        let listener = std::net::TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let guard = Guard::new(listener.local_addr().map_err(listen)?)?;
        let url = guard.url();
        let refused = |e: std::io::Error| LiveError::Start(e.to_string());
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(refused)?
        };
        let frames = watch::channel(Arc::default()).0;
        let shared = Arc::new(Shared { subject: subject.clone(), guard, frames });
        let (stop, stopped) = oneshot::channel();
        let work = move || {
            runtime.block_on(serve(listener, shared, stopped));
            // Whoever is still connected is not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("live".to_owned()).spawn(work);
        Ok(Self { url, subject, stop: Some(stop), thread: Some(thread.map_err(refused)?) })
    }

    /// Where the page is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends the last frame and closes all connections; takes a second at most.
    pub fn stop(mut self) {
        self.close();
    }

    fn close(&mut self) {
        if let Some(stop) = self.stop.take() {
            self.subject.end(Ending::Failed("it did not begin".to_owned()));
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the live page ended early");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

async fn serve(
    listener: tokio::net::TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) {
    let (over, mut is_over) = watch::channel(false);
    let closing = async move {
        let _ = is_over.wait_for(|over| *over).await;
    };
    let server = axum::serve(Bounded::new(listener), router(&shared));
    let server = tokio::spawn(server.with_graceful_shutdown(closing).into_future());
    show(&shared, stopped).await;
    let _ = over.send(true);
    let _ = tokio::time::timeout(FAREWELL, server).await;
}

/// Makes frames as long as somebody looks, and the last one when told to stop.
async fn show(shared: &Shared, mut stopped: oneshot::Receiver<()>) {
    loop {
        let stop = tokio::time::timeout(TICK, &mut stopped).await.is_ok();
        if stop || shared.frames.receiver_count() > 0 {
            let before = shared.frames.borrow().clone();
            let now = shared.subject.frame(&before);
            if !now.is_as(&before) {
                shared.frames.send_replace(Arc::new(now));
            }
        }
        if stop {
            return;
        }
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let router = Router::new()
        .route("/{token}/", get(html))
        .route("/{token}/page.css", get(css))
        .route("/{token}/page.js", get(script))
        .route("/{token}/stream", get(events));
    let router = match shared.subject {
        Subject::Run(_) => {
            router.route("/{token}/control", post(control)).route("/{token}/ev/{id}", get(ev))
        }
        Subject::Study(_) => router,
    };
    router
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(shared.clone(), guarded))
        .with_state(shared.clone())
}

/// Lets in or refuses, and says to the browser what the page may do: nothing but speak to us.
async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    const RULES: [(&str, &str); 5] = [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let mut response = match shared.guard.check(request.headers(), request.uri().path()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => (StatusCode::FORBIDDEN, refusal.words()).into_response(),
    };
    for (name, value) in RULES {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here\n").into_response()
}

async fn html(State(shared): State<Arc<Shared>>) -> Response {
    let page = match &shared.subject {
        Subject::Run(board) => page::run(&board.about, board.directory()),
        Subject::Study(board) => page::study(&board.about),
    };
    text("text/html; charset=utf-8", page)
}

async fn css() -> Response {
    text("text/css; charset=utf-8", include_str!("page.css"))
}

async fn script(State(shared): State<Arc<Shared>>) -> Response {
    const RUN: &str = concat!(include_str!("look.js"), include_str!("run.js"));
    const STUDY: &str = concat!(include_str!("look.js"), include_str!("study.js"));
    let script = if matches!(shared.subject, Subject::Run(_)) { RUN } else { STUDY };
    text("text/javascript; charset=utf-8", script)
}

fn text(kind: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn events(
    State(shared): State<Arc<Shared>>,
    UrlQuery(asked): UrlQuery<HashMap<String, String>>,
) -> Response {
    let query = Query::parse(asked.get("q").map_or("", String::as_str));
    let alive = KeepAlive::new().interval(PATIENCE / 3);
    Sse::new(stream::events(shared, query)).keep_alive(alive).into_response()
}

/// One EV's story so far.
async fn ev(State(shared): State<Arc<Shared>>, Path((_, id)): Path<(String, String)>) -> Response {
    let Subject::Run(board) = &shared.subject else { return nothing().await };
    let Some((ev, story)) = id.parse().ok().and_then(|ev| Some((ev, board.story(ev)?))) else {
        let message =
            format!("there is no such EV: they are numbered from 1 to {}", board.about.evs);
        return (StatusCode::NOT_FOUND, Json(json!({ "error": message }))).into_response();
    };
    Json(json!({ "ev": ev, "cut": story.cut, "rows": story.rows(&board.about.currency) }))
        .into_response()
}

/// Pause, go, step, pace.
async fn control(State(shared): State<Arc<Shared>>, Json(asked): Json<Value>) -> Response {
    let Subject::Run(board) = &shared.subject else { return nothing().await };
    if let Some(wish) = wish(&asked, board.period_h()) {
        board.governor.take(wish);
        StatusCode::NO_CONTENT.into_response()
    } else {
        let help = "one of {\"do\":\"pause\"}, {\"do\":\"go\"}, {\"do\":\"step\",\"minutes\":15}, \
                    {\"do\":\"pace\",\"times\":60}; a step without minutes is a period, a pace \
                    without times is full speed";
        (StatusCode::BAD_REQUEST, Json(json!({ "error": help }))).into_response()
    }
}

/// What is asked for, if it means something.
fn wish(asked: &Value, period_h: f64) -> Option<Wish> {
    match asked.get("do")?.as_str()? {
        "pause" => Some(Wish::Pause),
        "go" => Some(Wish::Go),
        "step" => {
            let minutes = asked.get("minutes").map_or(Some(60.0 * period_h), Value::as_f64)?;
            let span = Span::from_minutes(minutes);
            (minutes.is_finite() && span.0 > 0 && minutes <= 1e7).then_some(Wish::Step(span))
        }
        "pace" => match asked.get("times") {
            None | Some(Value::Null) => Some(Wish::Pace(Pace::Full)),
            Some(times) => Pace::times(times.as_f64()?).map(Wish::Pace),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_something_is_a_wish() {
        let of = |text: &str| wish(&serde_json::from_str(text).expect("JSON"), 0.25);
        assert_eq!(of(r#"{"do":"pause"}"#), Some(Wish::Pause));
        assert_eq!(of(r#"{"do":"step"}"#), Some(Wish::Step(Span::from_minutes(15.0))));
        assert_eq!(of(r#"{"do":"pace","times":60}"#), Some(Wish::Pace(Pace::Times(60.0))));
        assert_eq!(of(r#"{"do":"pace"}"#), Some(Wish::Pace(Pace::Full)));
        for nonsense in [
            "[]",
            "1",
            r#"{"do":1}"#,
            r#"{"do":"fly"}"#,
            r#"{"do":"step","minutes":-1}"#,
            r#"{"do":"step","minutes":1e300}"#,
            r#"{"do":"step","minutes":"1"}"#,
            r#"{"do":"pace","times":0}"#,
            r#"{"do":"pace","times":"x"}"#,
        ] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
    }
}

//! A run or study to look at while it goes: one page, by default on the loopback.
//!
//! - [`Live`]: the page of a run, which can be paused, stepped and slowed. - [`Start`]: how it
//!   begins. - [`Pace`]: how fast simulated time goes. - [`About`]: what is said of the run.
//! - [`LiveStudy`]: the page of a study. - [`StudyAbout`], [`StudyState`], [`Interval`]: what it
//!   shows.
//! - [`Address`]: where the page is offered. - [`Ending`]: how the run or study ended.
//! - [`LiveError`]: why there is no page.
//!
//! The simulation knows nothing of who looks: it hands over rows that it writes anyway and waits
//! where it is told to. Its tables are the same bytes with and without a page. The server has a
//! thread of its own; whoever reads slowly misses some of what happened, and holds nobody up.

mod address;
mod board;
mod counts;
mod ending;
mod error;
mod facts;
mod frame;
mod governor;
mod guard;
mod listener;
mod live;
mod map;
mod pace;
mod page;
mod query;
mod series;
mod server;
mod stream;
mod study;
mod zones;

pub use address::Address;
pub use board::About;
pub use ending::Ending;
pub use error::LiveError;
pub use live::{Live, Start};
pub use pace::Pace;
pub use study::{Interval, LiveStudy, StudyAbout, StudyState};

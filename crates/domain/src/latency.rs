//! How long messages travel.

use crate::Span;

/// Latency of a link: what every message takes at least, and a lognormal draw on top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// What every message takes at least.
    pub floor: Span,
    /// Median of the draw on top \[s\]; 0: none.
    pub median_s: f64,
    /// Standard deviation of the draw's logarithm.
    pub sigma: f64,
}

impl Link {
    /// A link on which every message takes the same time.
    pub const fn fixed(floor: Span) -> Self {
        Self { floor, median_s: 0.0, sigma: 0.0 }
    }

    /// The time that one message takes; `normal` is a standard normal draw, asked for only if the
    /// link has one.
    ///
    /// ```
    /// use domain::{Link, Span};
    /// let link = Link { floor: Span::SECOND, median_s: 3.0, sigma: 0.5 };
    /// assert_eq!(link.delay(|| 0.0), Span::from_seconds(4.0));
    /// assert_eq!(Link::fixed(Span::SECOND).delay(|| unreachable!()), Span::SECOND);
    /// ```
    pub fn delay(&self, normal: impl FnOnce() -> f64) -> Span {
        if self.median_s <= 0.0 {
            return self.floor;
        }
        self.floor + Span::from_seconds(self.median_s * (self.sigma * normal()).exp())
    }
}

/// Latencies of messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Least latency between zones: the look-ahead that lets zones run in parallel. Links that
    /// cross zones take at least as long.
    pub floor: Span,
    /// Users and their aggregator: requests, answers, cancellations.
    pub booking: Link,
    /// Pricing agent to zones: publications.
    pub price: Link,
    /// Zones to the pricing agent: reports of each period.
    pub report: Link,
}

impl Default for Latency {
    fn default() -> Self {
        let link = Link::fixed(Span::SECOND);
        Self { floor: Span::SECOND, booking: link, price: link, report: link }
    }
}

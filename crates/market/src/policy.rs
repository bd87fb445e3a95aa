//! Rules that an operator may change while a run goes on, and what a change is.
//!
//! A [`Change`] gives new values to some keys. What a booking is charged and given back (penalty,
//! fees, refund, forfeit: [`Terms`]) holds as it was when the booking was confirmed, unless the
//! change applies to all of them; everything else acts at once, prices from the next publication on.

use crate::{CancellationRules, MarketRules, PenaltyRules, RefundRules};
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a change of a key acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// On bookings that are confirmed from then on; on open ones too if the change says so.
    AtConfirmation,
    /// At once, on open bookings too.
    AtOnce,
    /// With the prices of the next period, which are published anew.
    AtPublication,
}

/// Of whom a key can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Of a fleet segment, a zone, or everybody.
    Segment,
    /// Of a zone or everybody.
    Zone,
    /// Of everybody: one agent serves all zones.
    Area,
}

macro_rules! policy_keys {
    ($($key:ident = $path:literal, $acts:ident, $reach:ident, $($field:ident).+;)+) => {
        /// A key that may change during a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum PolicyKey {
            $(#[doc = concat!("`", $path, "`.")] $key,)+
        }

        impl PolicyKey {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$key),+];
            /// Their paths in a scenario, in the same order.
            pub const PATHS: &[&str] = &[$($path),+];

            /// Its path in a scenario.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$key => $path),+ }
            }
            /// When a change of it acts.
            pub const fn acts(self) -> Acts {
                match self { $(Self::$key => Acts::$acts),+ }
            }
            /// Of whom it can be changed.
            pub const fn reach(self) -> Reach {
                match self { $(Self::$key => Reach::$reach),+ }
            }
            /// Gives `to` the value that it has in `from`.
            fn copy(self, from: &MarketRules, to: &mut MarketRules) {
                match self { $(Self::$key => to.$($field).+ = from.$($field).+),+ }
            }
        }
    };
}

policy_keys! {
    BookingEnabled = "booking.enabled", AtOnce, Zone, booking.enabled;
    DischargeEnabled = "discharge.enabled", AtOnce, Zone, discharge.enabled;
    CancellationEnabled = "cancellation.enabled", AtConfirmation, Segment, cancellation.enabled;
    FreeWindow = "cancellation.free_window_min", AtConfirmation, Segment, cancellation.free_window;
    LateWindow = "cancellation.late_window_min", AtConfirmation, Segment, cancellation.late_window;
    EarlyFeeShare = "cancellation.early_fee_share", AtConfirmation, Segment, cancellation.early_fee_share;
    LateCostsMinorBreach = "cancellation.late_costs_minor_breach", AtConfirmation, Segment, cancellation.late_costs_minor_breach;
    ReminderEnabled = "reminder.enabled", AtOnce, Segment, reminder.enabled;
    ReminderLead = "reminder.lead_min", AtOnce, Zone, reminder.lead;
    PenaltyEnabled = "penalty.enabled", AtConfirmation, Segment, penalty.enabled;
    PenaltyScale = "penalty.scale", AtConfirmation, Segment, penalty.scale;
    RefundEnabled = "refund.enabled", AtConfirmation, Segment, refund.enabled;
    ForfeitShare = "refund.forfeit_share", AtConfirmation, Segment, refund.forfeit_share;
    WalkInEnabled = "walk_in.enabled", AtOnce, Zone, walk_in.enabled;
    WalkInPrice = "walk_in.price", AtOnce, Zone, walk_in.price;
    TicketsEnabled = "tickets.enabled", AtOnce, Segment, tickets.enabled;
    TicketAudience = "tickets.audience", AtOnce, Zone, tickets.audience;
    TicketOrder = "tickets.order", AtOnce, Zone, tickets.order;
    TicketCollect = "tickets.collect_min", AtOnce, Zone, tickets.collect;
    TicketLead = "tickets.lead_min", AtOnce, Zone, tickets.lead;
    TicketAlpha = "tickets.alpha", AtPublication, Area, tickets.alpha;
    PricingPolicy = "pricing.policy", AtPublication, Area, pricing.policy;
    PricingFloor = "pricing.floor", AtPublication, Area, pricing.floor;
    PricingCapShare = "pricing.cap_share", AtPublication, Area, pricing.cap_share;
    PricingFixed = "pricing.fixed", AtPublication, Area, pricing.fixed;
    PricingBand = "pricing.band", AtPublication, Area, pricing.band;
    UnabsorbedWeight = "pricing.unabsorbed_weight", AtPublication, Area, pricing.unabsorbed_weight;
    OverWeight = "pricing.over_weight", AtPublication, Area, pricing.over_weight;
    DischargeShare = "pricing.discharge_share", AtPublication, Area, pricing.discharge_share;
    SchedulePolicy = "schedule.policy", AtOnce, Zone, schedule.policy;
    ThroughputWeight = "schedule.throughput_weight", AtOnce, Zone, schedule.throughput_weight;
}

impl PolicyKey {
    /// The key of a path.
    ///
    /// ```
    /// use market::PolicyKey;
    /// assert!(PolicyKey::ALL.iter().all(|k| PolicyKey::of_path(k.path()) == Some(*k)));
    /// assert_eq!(PolicyKey::of_path("penalty.k"), None);
    /// ```
    pub fn of_path(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.path() == path)
    }
}

/// To which bookings a change of [`Terms`] applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applies {
    /// To those that are confirmed from then on.
    #[default]
    New,
    /// To open ones too; their users are told.
    All,
}

/// A key's new value as TOML writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: PolicyKey,
    /// Its value.
    pub value: String,
}

/// A change of policy during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    settings: Vec<Setting>,
    /// Rules with the values of the settings; nothing else of them is used.
    rules: Box<MarketRules>,
    applies: Applies,
    segment: Option<String>,
}

impl Change {
    /// A change that takes the values of the settings' keys from `rules`. It lists them in the order
    /// of [`PolicyKey::ALL`], in whatever order they are given.
    ///
    /// # Errors
    /// If nothing is set, or a key cannot be changed for one segment alone.
    pub fn new(
        mut settings: Vec<Setting>,
        rules: MarketRules,
        applies: Applies,
        segment: Option<String>,
    ) -> Result<Self, ChangeError> {
        settings.sort_by_key(|s| s.key);
        if settings.is_empty() {
            return Err(ChangeError::Empty);
        }
        let wide = settings.iter().find(|s| s.key.reach() != Reach::Segment);
        if let (Some(setting), Some(_)) = (wide, &segment) {
            return Err(ChangeError::NotOfASegment { key: setting.key.path() });
        }
        Ok(Self { settings, rules: Box::new(rules), applies, segment })
    }

    /// What is set.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
    /// To which bookings it applies.
    pub fn applies(&self) -> Applies {
        self.applies
    }
    /// The fleet segment for which it is, if not for all.
    pub fn segment(&self) -> Option<&str> {
        self.segment.as_deref()
    }
    /// Whether any of its keys acts in this way.
    pub fn has(&self, acts: Acts) -> bool {
        self.settings.iter().any(|s| s.key.acts() == acts)
    }
    /// Whether it sets a key.
    pub fn sets(&self, key: PolicyKey) -> bool {
        self.settings.iter().any(|s| s.key == key)
    }
    /// Whether it sets the key of a path.
    pub fn sets_path(&self, path: &str) -> bool {
        self.settings.iter().any(|s| s.key.path() == path)
    }
    /// A key that can only be changed for all zones together, if one is set.
    pub fn of_the_area(&self) -> Option<PolicyKey> {
        self.settings.iter().map(|s| s.key).find(|key| key.reach() == Reach::Area)
    }
    /// Gives rules the new values.
    pub fn write(&self, rules: &mut MarketRules) {
        for setting in &self.settings {
            setting.key.copy(&self.rules, rules);
        }
    }
}

impl fmt::Display for Change {
    /// `set penalty.scale=2.0 applies=all segment=arm`: a notice that means the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("set")?;
        for Setting { key, value } in &self.settings {
            write!(f, " {}={}", key.path(), value.replace(' ', ""))?;
        }
        if self.applies == Applies::All {
            f.write_str(" applies=all")?;
        }
        self.segment.as_ref().map_or(Ok(()), |segment| write!(f, " segment={segment}"))
    }
}

/// Why there is no such change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Nothing is set.
    #[error("a change of policy sets no key")]
    Empty,
    /// The key holds for more than one segment.
    #[error("`{key}` is the same for all users of a zone and cannot be set for one segment")]
    NotOfASegment {
        /// The key.
        key: &'static str,
    },
}

/// What a booking is charged and given back: it holds as it was at the confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Whether and how it can be given back.
    pub cancellation: CancellationRules,
    /// What a breach costs.
    pub penalty: PenaltyRules,
    /// What comes back of the prepayment.
    pub refund: RefundRules,
}

impl Terms {
    /// The terms of rules.
    pub fn of(rules: &MarketRules) -> Self {
        Self { cancellation: rules.cancellation, penalty: rules.penalty, refund: rules.refund }
    }

    /// These terms after a change.
    pub fn after(self, change: &Change) -> Self {
        let Self { cancellation, penalty, refund } = self;
        let mut rules = MarketRules { cancellation, penalty, refund, ..MarketRules::default() };
        change.write(&mut rules);
        Self::of(&rules)
    }
}

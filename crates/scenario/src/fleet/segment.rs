//! One segment: when its people come and go, what they need, how they are treated.

use super::vehicles::vehicles;
use crate::behaviour::behaviour;
use crate::law::law;
use keys::{SHARE, Table};
use population::{
    DepartureLaw, JointLaw, JointPart, Law, NeedLaw, SegmentSize, SegmentSpec, ShortestStay,
    Treatments,
};

/// A segment. `default` is one that stands there if the file names none, `pattern` what the fleet's
/// table says.
pub(super) fn segment(
    t: &mut Table<'_>,
    default: Option<&SegmentSpec>,
    pattern: &SegmentSpec,
) -> SegmentSpec {
    let d = default.unwrap_or(pattern);
    let name = match default {
        Some(default) => t.text("name", &default.name, "name in the tables"),
        None => t.required_text("name", "name in the tables").unwrap_or_default(),
    };
    let size = size(t, default.map(|d| d.size));
    let doc = "home zone; without it the segment is spread over all zones";
    let zone = match default.and_then(|d| d.zone) {
        Some(zone) => Some(t.count("zone", u64::from(zone), 1..=65_535, "", doc)),
        None => t.optional_count("zone", 1..=65_535, "", doc),
    };
    let segment = t.inheriting(|t| habits(t, d));
    let segment = SegmentSpec {
        name,
        size,
        zone: zone.map(|z| z as u16),
        arrival: law(t, "arrival", &d.arrival, -24.0..=48.0, "h", "hour of arrival"),
        departure: departure(t, &d.departure),
        joint: joint(t, d.joint.as_ref()),
        vehicle: if t.has("vehicle") || t.is_describing() {
            vehicles(t, &d.vehicle)
        } else {
            d.vehicle.clone()
        },
        treatments: t.table(
            "treatment",
            "what is done differently to this segment, as an arm of an experiment",
            treatments,
        ),
        lead: optional_law(
            t,
            "lead",
            &d.lead,
            0.0,
            "h",
            "how long before the planned arrival a person plans",
        ),
        hassle: optional_law(t, "hassle", &d.hassle, 0.0, "CNY", "hassle of making a reservation"),
        behaviour: if t.has("behaviour") || t.is_describing() {
            t.table("behaviour", "what differs from [behaviour] in this segment", |t| {
                behaviour(t, &d.behaviour)
            })
        } else {
            d.behaviour.clone()
        },
        trip_probability: trips(t, d.trip_probability),
        ..segment
    };
    let weekend = (t.has("weekend") || t.is_describing()).then(|| {
        t.table("weekend", "what differs on Saturdays and Sundays", |t| weekend(t, &segment))
    });
    SegmentSpec { weekend: weekend.map(Box::new).or_else(|| d.weekend.clone()), ..segment }
}

/// The same people on Saturdays and Sundays: when they come and go, and what they need.
fn weekend(t: &mut Table<'_>, d: &SegmentSpec) -> SegmentSpec {
    SegmentSpec {
        trip_probability: trips(t, d.trip_probability),
        arrival: law(t, "arrival", &d.arrival, -24.0..=48.0, "h", "hour of arrival"),
        departure: departure(t, &d.departure),
        need: need(t, &d.need),
        joint: joint(t, d.joint.as_ref()),
        weekend: None,
        ..d.clone()
    }
}

/// `joint`: arrival, stay and energy drawn together.
fn joint(t: &mut Table<'_>, default: Option<&JointLaw>) -> Option<JointLaw> {
    let parts = default.map_or(&[][..], |law| &law.parts);
    let doc = "arrival, stay and need drawn together, in the place of the three laws: components of a Gaussian mixture over arrival, ln stay and ln need, as `gridflock fit` writes them";
    let parts = t.inline_tables("joint", parts, doc, joint_part);
    if parts.is_empty() {
        return None;
    }
    let law = JointLaw { parts };
    if let Err(message) = law.check() {
        t.refuse("joint", message, "see the keys of a component in the schema");
        return None;
    }
    Some(law)
}

fn joint_part(t: &mut Table<'_>, d: Option<&JointPart>) -> JointPart {
    let known = |of: fn(&JointPart) -> f64| d.map(of);
    let mut real = |key: &str, d: Option<f64>, range, unit: &'static str, doc: &str| {
        t.number_or_required(key, d, range, unit, doc)
    };
    JointPart {
        weight: real("weight", known(|p| p.weight), 0.0..=1.0, "1", "weight"),
        mean: [
            real("arrival_h", known(|p| p.mean[0]), -24.0..=48.0, "h", "mean hour of arrival"),
            real(
                "ln_stay",
                known(|p| p.mean[1]),
                -20.0..=20.0,
                "ln h",
                "mean logarithm of the stay",
            ),
            real(
                "ln_need",
                known(|p| p.mean[2]),
                -20.0..=20.0,
                "ln kWh",
                "mean logarithm of the need out of the battery",
            ),
        ],
        sd: [
            real(
                "arrival_sd_h",
                known(|p| p.sd[0]),
                1e-6..=48.0,
                "h",
                "standard deviation of the arrival",
            ),
            real(
                "ln_stay_sd",
                known(|p| p.sd[1]),
                1e-6..=10.0,
                "1",
                "standard deviation of the stay's logarithm",
            ),
            real(
                "ln_need_sd",
                known(|p| p.sd[2]),
                1e-6..=10.0,
                "1",
                "standard deviation of the need's logarithm",
            ),
        ],
        correlation: [
            real(
                "arrival_stay",
                known(|p| p.correlation[0]),
                -1.0..=1.0,
                "1",
                "correlation of arrival and stay",
            ),
            real(
                "arrival_need",
                known(|p| p.correlation[1]),
                -1.0..=1.0,
                "1",
                "correlation of arrival and need",
            ),
            real(
                "stay_need",
                known(|p| p.correlation[2]),
                -1.0..=1.0,
                "1",
                "correlation of stay and need",
            ),
        ],
    }
}

fn trips(t: &mut Table<'_>, default: f64) -> f64 {
    let doc = "probability that a day has a trip, and so an arrival";
    t.number("trip_probability", default, SHARE, "1", doc)
}

/// What both the fleet and a segment may say.
pub(super) fn habits(t: &mut Table<'_>, d: &SegmentSpec) -> SegmentSpec {
    let segment = SegmentSpec {
        v2g_share: t.number(
            "v2g_share",
            d.v2g_share,
            SHARE,
            "1",
            "share that accepts discharging; a larger share contains the smaller",
        ),
        need: need(t, &d.need),
        need_stay_share: t.number(
            "need_stay_share",
            d.need_stay_share,
            SHARE,
            "1",
            "the need is at most this share of what the stay at full power allows",
        ),
        shortest_stay: shortest_stay(t, d.shortest_stay),
        target_soc: law(
            t,
            "target_soc",
            &d.target_soc,
            SHARE,
            "1",
            "state of charge wanted at departure",
        ),
        floor_soc: t.number(
            "floor_soc",
            d.floor_soc,
            SHARE,
            "1",
            "state of charge below which nobody discharges or drives",
        ),
        owner_wear_cny_per_kwh: t.number(
            "owner_wear_cny_per_kwh",
            d.owner_wear_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "the owner's wear cost of discharging",
        ),
        ..d.clone()
    };
    if segment.floor_soc >= segment.target_soc.quantile(0.5) {
        let message = format!(
            "`floor_soc` = {} leaves nothing below the target of {}",
            segment.floor_soc,
            segment.target_soc.quantile(0.5)
        );
        t.refuse("floor_soc", message, "the floor must lie below the target");
    }
    segment
}

/// A default segment with what the fleet's table says: of its own it has its name, its size, its
/// comings and goings.
pub(super) fn with_common(default: &SegmentSpec, pattern: &SegmentSpec) -> SegmentSpec {
    SegmentSpec {
        name: default.name.clone(),
        size: default.size,
        zone: default.zone,
        arrival: default.arrival.clone(),
        joint: default.joint.clone(),
        departure: default.departure.clone(),
        ..pattern.clone()
    }
}

fn size(t: &mut Table<'_>, default: Option<SegmentSize>) -> SegmentSize {
    let by_number = matches!(default, Some(SegmentSize::Evs(_)));
    let chosen = t.one_of(&["share", "evs"], if by_number { "evs" } else { "share" });
    let describing = t.is_describing();
    if chosen == "evs" || describing {
        let known = if let Some(SegmentSize::Evs(n)) = default { u64::from(n) } else { 0 };
        let evs =
            t.count("evs", known, 0..=100_000_000, "EVs", "number of EVs, in the place of a share");
        if !describing {
            return SegmentSize::Evs(evs as u32);
        }
    }
    let known = if let Some(SegmentSize::Share(share)) = default { Some(share) } else { None };
    SegmentSize::Share(t.number_or_required("share", known, SHARE, "1", "share of the fleet"))
}

fn departure(t: &mut Table<'_>, default: &DepartureLaw) -> DepartureLaw {
    let word = match default {
        DepartureLaw::Hour(_) => "departure",
        DepartureLaw::ClockHour(_) => "departure_clock",
        DepartureLaw::Stay(_) => "stay",
    };
    let known = |key: &str, fallback: Law| match default {
        DepartureLaw::Hour(law) | DepartureLaw::ClockHour(law) | DepartureLaw::Stay(law)
            if key == word =>
        {
            law.clone()
        }
        _ => fallback,
    };
    let chosen = t.one_of(&["departure", "departure_clock", "stay"], word);
    let describing = t.is_describing();
    let mut value = default.clone();
    if chosen == "departure" || describing {
        let doc = "hour of departure, counted from the midnight of the arrival's day; above 24 for the next day";
        value = DepartureLaw::Hour(law(
            t,
            "departure",
            &known("departure", Law::fixed(18.0)),
            0.0..=240.0,
            "h",
            doc,
        ));
    }
    if chosen == "departure_clock" || describing {
        let doc = "hour of departure on the clock: the first such hour after the arrival";
        value = DepartureLaw::ClockHour(law(
            t,
            "departure_clock",
            &known("departure_clock", Law::fixed(8.0)),
            0.0..=24.0,
            "h",
            doc,
        ));
    }
    if chosen == "stay" || describing {
        value = DepartureLaw::Stay(law(
            t,
            "stay",
            &known("stay", Law::fixed(8.0)),
            0.0..=240.0,
            "h",
            "length of the stay",
        ));
    }
    value
}

fn need(t: &mut Table<'_>, default: &NeedLaw) -> NeedLaw {
    let word = match default {
        NeedLaw::EnergyKwh(_) => "need",
        NeedLaw::DistanceKm { .. } | NeedLaw::DistanceOfRange { .. } => "distance",
        NeedLaw::StartSoc(_) => "start_soc",
    };
    let chosen = t.one_of(&["need", "distance", "start_soc"], word);
    let describing = t.is_describing();
    let mut value = default.clone();
    if chosen == "need" || describing {
        let d = if let NeedLaw::EnergyKwh(law) = default { law.clone() } else { Law::fixed(24.0) };
        value = NeedLaw::EnergyKwh(law(
            t,
            "need",
            &d,
            0.0..=1000.0,
            "kWh",
            "energy driven before an arrival, out of the battery",
        ));
    }
    if chosen == "distance" || describing {
        value = distance(t, default);
    }
    if chosen == "start_soc" || describing {
        let d = if let NeedLaw::StartSoc(law) = default { law.clone() } else { Law::fixed(0.4) };
        value = NeedLaw::StartSoc(law(
            t,
            "start_soc",
            &d,
            SHARE,
            "1",
            "state of charge on arrival, whatever was driven",
        ));
    }
    value
}

/// A distance and what it means for the battery: a consumption, or the share of a range (P4 eq. 3).
fn distance(t: &mut Table<'_>, default: &NeedLaw) -> NeedLaw {
    let (known, kwh_per_km, range_km) = match default {
        NeedLaw::DistanceKm { law, kwh_per_km } => (law.clone(), Some(*kwh_per_km), None),
        NeedLaw::DistanceOfRange { law, range_km } => (law.clone(), None, Some(*range_km)),
        NeedLaw::EnergyKwh(_) | NeedLaw::StartSoc(_) => {
            (Law::lognormal_median(24.5, 0.88), Some(0.15), None)
        }
    };
    let law = law(t, "distance", &known, 0.0..=5000.0, "km", "distance driven before an arrival");
    let chosen = t.one_of(
        &["kwh_per_km", "range_km"],
        if range_km.is_some() { "range_km" } else { "kwh_per_km" },
    );
    let describing = t.is_describing();
    if chosen == "range_km" || describing {
        let doc = "distance that empties the battery, in the place of a consumption";
        let range_km = t.number_or_required("range_km", range_km, 0.1..=10_000.0, "km", doc);
        if !describing {
            return NeedLaw::DistanceOfRange { law, range_km };
        }
    }
    let doc = "consumption out of the battery";
    NeedLaw::DistanceKm {
        law,
        kwh_per_km: t.number_or_required("kwh_per_km", kwh_per_km, 0.001..=10.0, "kWh/km", doc),
    }
}

fn shortest_stay(t: &mut Table<'_>, default: ShortestStay) -> ShortestStay {
    let (by_need, hours) = match default {
        ShortestStay::Hours(hours) => (false, hours),
        ShortestStay::ChargingTime => (true, 0.5),
    };
    let hours =
        t.number("shortest_stay_h", hours, 0.0..=240.0, "h", "no departure falls below this stay");
    if t.flag(
        "stay_until_charged",
        by_need,
        "whether the shortest stay is the time that charging the day's need at full power takes",
    ) {
        ShortestStay::ChargingTime
    } else {
        ShortestStay::Hours(hours)
    }
}

pub(super) fn treatments(t: &mut Table<'_>) -> Treatments {
    Treatments {
        reminder: t.optional_flag("reminder", "whether reminders are sent"),
        penalty_scale: t.optional_number("penalty_scale", 0.0..=100.0, "1", "factor on penalties"),
        tickets: t.optional_flag("tickets", "whether ticket notices are sent"),
        credence: t.optional_number(
            "credence",
            SHARE,
            "1",
            "share of the refund that is expected before anything is learnt",
        ),
    }
}

/// A law that is shown only where a segment gives one of its own.
fn optional_law(
    t: &mut Table<'_>,
    key: &str,
    default: &Law,
    least: f64,
    unit: &'static str,
    doc: &str,
) -> Law {
    if t.has(key) || t.is_describing() {
        law(t, key, default, least..=10_000.0, unit, doc)
    } else {
        default.clone()
    }
}

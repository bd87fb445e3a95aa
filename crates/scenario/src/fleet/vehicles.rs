//! Which vehicles a fleet or a segment drives.

use crate::law::law;
use keys::{SHARE, Table};
use population::{CapacityClass, Law, Pairing, PowerClass, VehicleMix, VehicleMixError};

/// `[...vehicle]`: a ready mix, parts of which can be replaced.
pub(super) fn vehicles(t: &mut Table<'_>, default: &VehicleMix) -> VehicleMix {
    t.table("vehicle", "power and capacity classes", |t| {
        let ready = [
            ("as_model", 0, "the vehicles of the model's own case"),
            ("park", 1, "13 % +100/-40 kW, 56 % +40/-6.6, 31 % +60/-12; 20 to 120 kWh"),
            ("feeder", 2, "50 kWh, 7 kW either way"),
            ("group", 3, "half 30 kWh and 7 kW, half 52.5 kWh and 50 kW; no discharge"),
        ];
        let base = match t.word("classes", 0, &ready, "a ready mix of vehicles") {
            1 => VehicleMix::park(),
            2 => VehicleMix::feeder(),
            3 => VehicleMix::group(),
            _ => default.clone(),
        };
        let pairings = [
            ("rank", Pairing::Rank, "the larger the battery, the larger the power"),
            ("independent", Pairing::Independent, "independent draws"),
        ];
        let mix = VehicleMix {
            powers: t.inline_tables("power", &base.powers, "power classes, rising", power_class),
            capacities: t.inline_tables(
                "capacity",
                &base.capacities,
                "capacity classes, rising",
                capacity_class,
            ),
            pairing: t.word(
                "pairing",
                base.pairing,
                &pairings,
                "how power and capacity go together",
            ),
            charge_efficiency: t.number(
                "charge_efficiency",
                base.charge_efficiency,
                0.1..=1.0,
                "1",
                "energy stored per energy metered while charging",
            ),
            discharge_efficiency: t.number(
                "discharge_efficiency",
                base.discharge_efficiency,
                0.1..=1.0,
                "1",
                "energy metered per energy taken from the battery",
            ),
        };
        if let Err(error) = mix.check() {
            let key = match &error {
                VehicleMixError::Empty { list }
                | VehicleMixError::ShareSum { list, .. }
                | VehicleMixError::NotRising { list, .. } => {
                    if list.ends_with("powers") {
                        "power"
                    } else {
                        "capacity"
                    }
                }
                VehicleMixError::Capacity { .. } | VehicleMixError::OutOfRange { .. } => "capacity",
            };
            t.refuse(
                key,
                error.to_string(),
                "shares must sum to 1; classes go from small to large",
            );
            return base;
        }
        mix
    })
}

fn power_class(t: &mut Table<'_>, d: Option<&PowerClass>) -> PowerClass {
    let charge_kw = t.number_or_required(
        "charge_kw",
        d.map(|d| d.charge_kw),
        0.1..=10_000.0,
        "kW",
        "largest charging power",
    );
    let discharge_kw = t.number(
        "discharge_kw",
        d.map_or(0.0, |d| d.discharge_kw),
        0.0..=10_000.0,
        "kW",
        "largest discharging power",
    );
    let name = d.map_or_else(|| format!("+{charge_kw}/-{discharge_kw}"), |d| d.name.clone());
    PowerClass {
        name: t.text("name", &name, "name in the tables"),
        share: t.number_or_required(
            "share",
            d.map(|d| d.share),
            SHARE,
            "1",
            "share of the vehicles",
        ),
        charge_kw,
        discharge_kw,
    }
}

fn capacity_class(t: &mut Table<'_>, d: Option<&CapacityClass>) -> CapacityClass {
    CapacityClass {
        share: t.number_or_required(
            "share",
            d.map(|d| d.share),
            SHARE,
            "1",
            "share of the vehicles",
        ),
        capacity_kwh: law(
            t,
            "kwh",
            d.map_or(&Law::Fixed { value: 50.0 }, |d| &d.capacity_kwh),
            0.1..=10_000.0,
            "kWh",
            "nominal capacity",
        ),
    }
}

//! What limits and ages a battery: taper at high SOC, temperature, calendar and cycle ageing (P3
//! eq. 5 and 18).

use serde::{Deserialize, Serialize};

/// f(SOC): the share of full charging power that the battery accepts; 1 up to `knee`, then a
/// straight line to `end_share` at SOC 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taper {
    /// SOC at which the power begins to fall, 0..1; 1 switches the taper off.
    pub knee: f64,
    /// Share of full power that is left at SOC 1, 0..1.
    pub end_share: f64,
}

impl Default for Taper {
    fn default() -> Self {
        Self { knee: 0.9, end_share: 0.2 }
    }
}

impl Taper {
    /// No taper.
    pub const OFF: Self = Self { knee: 1.0, end_share: 1.0 };
    /// The accepted share of full power at a state of charge.
    ///
    /// ```
    /// let t = domain::Taper { knee: 0.8, end_share: 0.2 };
    /// assert_eq!(t.share(0.5), 1.0);
    /// assert!((t.share(0.9) - 0.6).abs() < 1e-12);
    /// ```
    pub fn share(&self, soc: f64) -> f64 {
        if soc <= self.knee {
            1.0
        } else {
            1.0 - (1.0 - self.end_share) * ((soc - self.knee) / (1.0 - self.knee)).min(1.0)
        }
    }
}

/// g(T): the share of full power that the battery accepts at a temperature; 1 between the two
/// comfortable temperatures and falling linearly to `floor` over `width_c` outside of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemperatureLimit {
    /// Below it power falls [degrees C].
    pub cold_c: f64,
    /// Above it power falls [degrees C].
    pub hot_c: f64,
    /// Over how many degrees it falls to the floor \[K\].
    pub width_c: f64,
    /// Share of full power that is always accepted, 0..1.
    pub floor: f64,
}

impl Default for TemperatureLimit {
    fn default() -> Self {
        Self { cold_c: 5.0, hot_c: 40.0, width_c: 20.0, floor: 0.3 }
    }
}

impl TemperatureLimit {
    /// The accepted share of full power at a temperature in degrees C.
    pub fn share(&self, celsius: f64) -> f64 {
        let outside = (self.cold_c - celsius).max(celsius - self.hot_c).max(0.0);
        (1.0 - (1.0 - self.floor) * outside / self.width_c).max(self.floor)
    }
}

/// Cycle ageing: `Q% = a exp(-Ea / (R T)) Ah^z`, P3 eq. 5 with the constants of a graphite-LFP cell
/// (our reading).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleAgeing {
    /// Pre-exponential factor \[% per Ah^z\].
    pub a: f64,
    /// Activation energy [J/mol].
    pub activation_j_per_mol: f64,
    /// Exponent of the charge throughput.
    pub z: f64,
    /// Charge throughput of a reference cell per full equivalent cycle \[Ah\].
    pub cell_ah: f64,
}

/// Calendar ageing: `Q% = a exp(-Ea / (R T)) days^z` (our reading; P3 has the form, not the
/// constants).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarAgeing {
    /// Pre-exponential factor \[% per day^z\].
    pub a: f64,
    /// Activation energy [J/mol].
    pub activation_j_per_mol: f64,
    /// Exponent of time.
    pub z: f64,
}

/// Both kinds of ageing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ageing {
    /// By throughput.
    pub cycle: CycleAgeing,
    /// By time.
    pub calendar: CalendarAgeing,
}

impl Default for CycleAgeing {
    fn default() -> Self {
        Self { a: 30_330.0, activation_j_per_mol: 31_500.0, z: 0.552, cell_ah: 2.0 }
    }
}
impl Default for CalendarAgeing {
    fn default() -> Self {
        Self { a: 14_876.0, activation_j_per_mol: 24_500.0, z: 0.5 }
    }
}

const GAS_CONSTANT: f64 = 8.314;
const KELVIN: f64 = 273.15;

impl CycleAgeing {
    /// Capacity lost [share of nominal] after `cycles` full equivalent cycles at a temperature in
    /// degrees C.
    ///
    /// ```
    /// let q = domain::CycleAgeing::default().loss(500.0, 25.0);
    /// assert!((q - 0.0417).abs() < 2e-3); // 30330 exp(-31500 / (8.314 x 298.15)) 1000^0.552 = 4.2 %
    /// ```
    pub fn loss(&self, cycles: f64, celsius: f64) -> f64 {
        self.a
            * (-self.activation_j_per_mol / (GAS_CONSTANT * (celsius + KELVIN))).exp()
            * (cycles * self.cell_ah).powf(self.z)
            / 100.0
    }
}
impl CalendarAgeing {
    /// Capacity lost [share of nominal] after `days` at a temperature in degrees C.
    pub fn loss(&self, days: f64, celsius: f64) -> f64 {
        self.a
            * (-self.activation_j_per_mol / (GAS_CONSTANT * (celsius + KELVIN))).exp()
            * days.max(0.0).powf(self.z)
            / 100.0
    }
}

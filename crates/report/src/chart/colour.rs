//! Colours by what is shown, the same in every chart; told apart by people who see few colours
//! (Okabe and Ito's palette).

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Base load, what is wanted, text.
    Ink,
    /// Photovoltaics.
    Pv,
    /// Wind.
    Wind,
    /// The grid.
    Grid,
    /// Own turbine and diesel.
    Fuel,
    /// The battery.
    Battery,
    /// Charging.
    Charge,
    /// Discharging.
    Discharge,
    /// Limits, breaches, what went wrong.
    Alarm,
    /// What was left over.
    Muted,
}

impl Colour {
    /// Red, green, blue.
    pub(super) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Ink => [0, 0, 0],
            Self::Pv => [240, 228, 66],
            Self::Wind => [86, 180, 233],
            Self::Grid => [0, 114, 178],
            Self::Fuel => [230, 159, 0],
            Self::Battery => [204, 121, 167],
            Self::Charge => [0, 158, 115],
            Self::Discharge => [148, 103, 189],
            Self::Alarm => [213, 94, 0],
            Self::Muted => [153, 153, 153],
        }
    }

    /// The n-th of a row of colours for things without one of their own.
    pub fn nth(n: usize) -> Self {
        const ROW: [Colour; 7] = [
            Colour::Grid,
            Colour::Alarm,
            Colour::Charge,
            Colour::Battery,
            Colour::Fuel,
            Colour::Wind,
            Colour::Discharge,
        ];
        ROW[n % ROW.len()]
    }
}

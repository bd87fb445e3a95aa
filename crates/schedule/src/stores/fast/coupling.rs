//! The totals of the periods: the only place where the stores meet.

use super::super::Problem;
use super::super::corridor::Corridors;
use super::reach::Reach;
use super::state::State;

/// A period's balance `Y + under - over = surplus`, its price and the steps of all three.
#[derive(Debug, Clone, Copy, Default)]
struct Balance {
    surplus_kw: f64,
    price: f64,
    under: f64,
    over: f64,
    price_step: f64,
    under_step: f64,
    over_step: f64,
    /// Total net power \[kW\] now, and its step at unchanged prices.
    total_kw: f64,
    total_step: f64,
}

/// Balances of all periods and the dense system of their prices.
#[derive(Debug, Default, Clone)]
pub(super) struct Coupling {
    balances: Vec<Balance>,
    /// Lower triangle, row-major: response of the totals to the prices, then its factor.
    matrix: Vec<f64>,
    scale_kw: f64,
}

impl Coupling {
    /// Balances for the starting energies, with prices on the central path for their distances.
    pub fn build(
        &mut self,
        problem: &Problem,
        corridors: &Corridors,
        state: &State,
        energies_kwh: &[f64],
    ) {
        self.balances.clear();
        self.balances.extend(
            problem
                .surplus_kw
                .iter()
                .map(|&surplus_kw| Balance { surplus_kw, ..Balance::default() }),
        );
        self.matrix.resize(problem.periods() * problem.periods(), 0.0);
        self.scale_kw = problem.surplus_kw.iter().map(|surplus| surplus.abs()).sum();
        // Stores without a choice lower the surplus once and for all.
        let mut row = vec![0.0; problem.periods()];
        for course in corridors.courses.iter().filter(|course| course.pinned && course.stages > 0) {
            row.fill(0.0);
            let wishes = &energies_kwh[course.first_stage..course.first_stage + course.stages];
            super::super::corridor::follow(problem, corridors.of(course), course, wishes, &mut row);
            for (balance, net) in self.balances.iter_mut().zip(&row) {
                balance.surplus_kw -= net;
            }
        }
        self.read_totals(state);
        let product = state.gap() / state.rows.len().max(1) as f64;
        for balance in &mut self.balances {
            let distance = balance.surplus_kw - balance.total_kw;
            let root = (product * product + distance * distance).sqrt();
            balance.price = distance / (product + root);
            balance.under = product / (1.0 - balance.price);
            balance.over = product / (1.0 + balance.price);
        }
    }

    fn read_totals(&mut self, state: &State) {
        for balance in &mut self.balances {
            balance.total_kw = 0.0;
        }
        for node in &state.nodes {
            self.balances[node.period].total_kw += node.charge - node.discharge;
        }
    }

    /// Sum of |surplus| \[kW\], the measure of accuracy; at least a hundredth of the power that the
    /// stores take anyway.
    pub fn scale_kw(&self) -> f64 {
        let taken: f64 = self.balances.iter().map(|balance| balance.total_kw.abs()).sum();
        self.scale_kw.max(0.01 * taken).max(1e-3)
    }

    /// Number of complementary pairs.
    pub fn pairs(&self) -> usize {
        2 * self.balances.len()
    }

    /// Sum of the pairs' products.
    pub fn gap(&self) -> f64 {
        self.balances.iter().map(|b| b.under * (1.0 - b.price) + b.over * (1.0 + b.price)).sum()
    }

    /// Price of a kW in this period.
    pub fn price(&self, period: usize) -> f64 {
        self.balances[period].price
    }

    /// Step of that price.
    pub fn price_step(&self, period: usize) -> f64 {
        self.balances[period].price_step
    }

    /// Adds to the period's total at unchanged prices.
    pub fn add_total(&mut self, period: usize, net_kw: f64) {
        self.balances[period].total_step += net_kw;
    }

    /// The row of the response matrix for this period, up to the diagonal.
    pub fn line(&mut self, period: usize) -> &mut [f64] {
        let periods = self.balances.len();
        &mut self.matrix[period * periods..=period * periods + period]
    }

    /// Forgets the responses of the last iteration.
    pub fn clear_response(&mut self) {
        self.matrix.fill(0.0);
        self.clear_totals();
    }

    /// Forgets the totals at unchanged prices.
    pub fn clear_totals(&mut self) {
        for balance in &mut self.balances {
            balance.total_step = 0.0;
        }
    }

    /// Adds the balances' own terms and factors the matrix (Cholesky); false if it is not positive
    /// definite.
    pub fn factor(&mut self) -> bool {
        let periods = self.balances.len();
        for (period, b) in self.balances.iter().enumerate() {
            self.matrix[period * periods + period] +=
                b.under / (1.0 - b.price) + b.over / (1.0 + b.price);
        }
        for row in 0..periods {
            let (above, rest) = self.matrix.split_at_mut(row * periods);
            let line = &mut rest[..=row];
            for column in 0..row {
                let other = &above[column * periods..=column * periods + column];
                let sum: f64 =
                    line[..column].iter().zip(&other[..column]).map(|(a, b)| a * b).sum();
                line[column] = (line[column] - sum) / other[column];
            }
            let square: f64 = line[..row].iter().map(|a| a * a).sum();
            let pivot = line[row] - square;
            if pivot.is_nan() || pivot <= 0.0 {
                return false;
            }
            line[row] = pivot.sqrt();
        }
        true
    }

    /// Solves for the steps of the prices, and of what is under and over, aiming at the products
    /// `product`.
    pub fn solve(&mut self, product: f64, second_order: bool) {
        let periods = self.balances.len();
        let mut aims = vec![(0.0, 0.0); periods];
        for (aim, b) in aims.iter_mut().zip(&self.balances) {
            let curved = if second_order { b.price_step } else { 0.0 };
            // under (1 - price) and over (1 + price); the multipliers' steps are -price_step and
            // +price_step.
            let under = product + b.under_step * curved - b.under * (1.0 - b.price);
            let over = product - b.over_step * curved - b.over * (1.0 + b.price);
            *aim = (under / (1.0 - b.price), over / (1.0 + b.price));
        }
        for (b, aim) in self.balances.iter_mut().zip(&aims) {
            let residual = b.surplus_kw - b.total_kw - b.under + b.over;
            b.price_step = residual - b.total_step - aim.0 + aim.1;
        }
        for row in 0..periods {
            let line = &self.matrix[row * periods..=row * periods + row];
            let sum: f64 =
                line[..row].iter().zip(&self.balances).map(|(a, b)| a * b.price_step).sum();
            self.balances[row].price_step = (self.balances[row].price_step - sum) / line[row];
        }
        for row in (0..periods).rev() {
            let line = &self.matrix[row * periods..=row * periods + row];
            let step = self.balances[row].price_step / line[row];
            self.balances[row].price_step = step;
            for (a, b) in line[..row].iter().zip(&mut self.balances) {
                b.price_step -= a * step;
            }
        }
        for (b, aim) in self.balances.iter_mut().zip(&aims) {
            b.under_step = aim.0 + b.under / (1.0 - b.price) * b.price_step;
            b.over_step = aim.1 - b.over / (1.0 + b.price) * b.price_step;
        }
    }

    /// How far the steps may go.
    pub fn reach(&self) -> Reach {
        let mut reach = Reach::default();
        for b in &self.balances {
            reach.include(b.under, b.under_step, 1.0 - b.price, -b.price_step);
            reach.include(b.over, b.over_step, 1.0 + b.price, b.price_step);
        }
        reach
    }

    /// Moves all values; the totals move as the balances say.
    pub fn step(&mut self, primal: f64, dual: f64) {
        for b in &mut self.balances {
            let residual = b.surplus_kw - b.total_kw - b.under + b.over;
            b.under += primal * b.under_step;
            b.over += primal * b.over_step;
            b.price += dual * b.price_step;
            b.total_kw = b.surplus_kw - b.under + b.over - (1.0 - primal) * residual;
        }
    }
}

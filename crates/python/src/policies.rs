//! Policies written in Python: callables in the place of the built-in ones.
//!
//! A single form gets a read-only mapping of numbers (prices: of arrays) and answers for one; a batch
//! form gets a structured array with a row for each that is asked and answers for all. What a
//! callable raises is kept and raised where the run was asked to go on.

use agents::{Holder, PenaltyView, Policies, PolicySet};
use domain::{BreachGrade, Cny};
use market::MarketRules;
use market::pricing::{PriceDecision, PricingView};
use population::{AttendanceView, Moment, Odds};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict};
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    /// Whether this thread is answering a run's question.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is answering a run's question.
pub fn is_asked() -> bool {
    ASKED.get()
}

/// A callable and its form.
struct Asked {
    call: Py<PyAny>,
    /// Its array type in the batch form; none in the single form.
    rows: Option<Py<PyAny>>,
}

/// Names of the policies.
pub const NAMES: [&str; 4] = ["pricing", "ticket_price", "penalty", "attendance"];

/// Policies of a run, and what one of them has raised.
pub struct PyPolicies {
    asked: [Option<Asked>; 4],
    frombuffer: Py<PyAny>,
    proxy: Py<PyAny>,
    raised: Mutex<Option<PyErr>>,
}

/// Columns of an attendance view, all `float64`.
const ATTENDANCE: [&str; 18] = [
    "ev_id",
    "zone_id",
    "segment",
    "moment",
    "price",
    "need_kwh",
    "lead_h",
    "saving_cny",
    "refund_cny",
    "cancel_fee_cny",
    "severe_penalty_cny",
    "forfeit_cny",
    "plan_changed",
    "keeping_cost_cny",
    "reminded",
    "behaviour_class",
    "cancel",
    "stay_away",
];

/// Columns of a penalty view, all `float64`.
const PENALTY: [&str; 8] = [
    "ev_id",
    "zone_id",
    "grade",
    "peak",
    "base_cny_per_kwh",
    "reserved_kwh",
    "own_scale",
    "built_in_cny",
];

fn columns(policy: usize) -> &'static [&'static str] {
    match policy {
        2 => &PENALTY,
        3 => &ATTENDANCE,
        _ => &[],
    }
}

impl PyPolicies {
    /// Policies by name, each with whether it answers in batches; none if there are none.
    pub fn new(py: Python<'_>, given: &Bound<'_, PyDict>) -> PyResult<Option<Arc<Self>>> {
        if given.is_empty() {
            return Ok(None);
        }
        let numpy = py.import("numpy")?;
        let mut asked = [const { None }; 4];
        for (name, value) in given.iter() {
            let name: String = name.extract()?;
            let at = NAMES.iter().position(|n| *n == name).ok_or_else(|| {
                let known = NAMES.join(", ");
                PyValueError::new_err(format!("there is no policy `{name}`; there are {known}"))
            })?;
            let (call, batch): (Py<PyAny>, bool) = value.extract()?;
            if !call.bind(py).is_callable() {
                return Err(PyTypeError::new_err(format!("the policy `{name}` cannot be called")));
            }
            let rows = if batch && !columns(at).is_empty() {
                let fields: Vec<(&str, &str)> = columns(at).iter().map(|c| (*c, "f8")).collect();
                Some(numpy.getattr("dtype")?.call1((fields,))?.unbind())
            } else {
                None
            };
            asked[at] = Some(Asked { call, rows });
        }
        let proxy = py.import("types")?.getattr("MappingProxyType")?.unbind();
        let frombuffer = numpy.getattr("frombuffer")?.unbind();
        Ok(Some(Arc::new(Self { asked, frombuffer, proxy, raised: Mutex::default() })))
    }

    /// The policies as a run takes them.
    pub fn own(this: Option<&Arc<Self>>) -> PolicySet {
        this.map_or_else(PolicySet::default, |p| PolicySet(p.clone()))
    }

    /// What a policy has raised, once.
    ///
    /// # Errors
    /// That exception.
    pub fn raise(this: Option<&Arc<Self>>) -> PyResult<()> {
        let raised =
            this.and_then(|p| p.raised.lock().unwrap_or_else(PoisonError::into_inner).take());
        raised.map_or(Ok(()), Err)
    }

    /// Asks a policy that was given; what it raises ends the run.
    fn ask<T>(
        &self,
        policy: usize,
        otherwise: T,
        ask: impl FnOnce(Python<'_>, &Asked) -> PyResult<T>,
    ) -> Result<T, String> {
        let Some(asked) = &self.asked[policy] else { return Ok(otherwise) };
        Python::attach(|py| {
            let before = ASKED.replace(true);
            let answer = ask(py, asked);
            ASKED.set(before);
            answer.map_err(|error| {
                let said = format!("the policy `{}` raised {error}", NAMES[policy]);
                *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                said
            })
        })
    }

    /// An array of `float64` numbers.
    fn array<'py>(&self, py: Python<'py>, numbers: &[f64]) -> PyResult<Bound<'py, PyAny>> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_ne_bytes()).collect();
        self.frombuffer.bind(py).call1((PyByteArray::new(py, &bytes),))
    }

    /// A read-only mapping.
    fn read_only<'py>(
        &self,
        py: Python<'py>,
        d: Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.proxy.bind(py).call1((d,))
    }

    /// What one asks with these numbers: a mapping, or a structured array of one row; and the answer
    /// to it, of one.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        asked: &Asked,
        names: &[&str],
        values: &[f64],
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = asked.call.bind(py);
        match &asked.rows {
            None => {
                let d = PyDict::new(py);
                for (name, value) in names.iter().zip(values) {
                    d.set_item(*name, *value)?;
                }
                call.call1((self.read_only(py, d)?,))
            }
            Some(rows) => {
                let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_ne_bytes()).collect();
                let views = (PyByteArray::new(py, &bytes), rows);
                let answers = call.call1((self.frombuffer.bind(py).call1(views)?,))?;
                let n = answers.len()?;
                if n != 1 {
                    let why = format!("there was 1 view and {n} answers came back");
                    return Err(PyValueError::new_err(why));
                }
                answers.get_item(0)
            }
        }
    }

    /// What prices depend on, as arrays by period and numbers.
    fn pricing_view<'py>(
        &self,
        py: Python<'py>,
        view: &PricingView,
        decided: &PriceDecision,
    ) -> PyResult<Bound<'py, PyDict>> {
        let d = PyDict::new(py);
        let arrays: [(&str, &[f64]); 14] = [
            ("load_kw", view.load_kw),
            ("surplus_kw", view.surplus_kw),
            ("booked_kw", view.booked_kw),
            ("booked_discharge_kw", view.booked_discharge_kw),
            ("connected_kw", view.connected_kw),
            ("dischargeable_kw", view.dischargeable_kw),
            ("expected_count", view.expected_count),
            ("tariff_ev", view.tariff_ev),
            ("tariff_plant", view.tariff_plant),
            ("reservation", &decided.reservation),
            ("discharge", &decided.discharge),
            ("low", &decided.low),
            ("high", &decided.high),
            ("expected_real", &decided.expected_real),
        ];
        for (name, numbers) in arrays {
            d.set_item(name, self.array(py, numbers)?)?;
        }
        d.set_item("first_period", view.first_period)?;
        d.set_item("periods_per_day", view.periods_per_day)?;
        for (name, number) in [
            ("dt_h", view.dt_h),
            ("piles", f64::from(view.piles)),
            ("need_kwh", view.need_kwh),
            ("vehicle_kwh", view.vehicle_kwh),
            ("ticket_share", view.ticket_share),
            ("service_fee", view.service_fee),
        ] {
            d.set_item(name, number)?;
        }
        Ok(d)
    }
}

/// So many numbers of a policy's answer, all finite and not negative; NaN where `gaps` are allowed.
fn prices(answer: &Bound<'_, PyAny>, what: &str, n: usize, gaps: bool) -> PyResult<Vec<f64>> {
    let one: Option<f64> = answer.extract().ok();
    let numbers: Vec<f64> = match one {
        Some(price) => vec![price; n],
        None => answer.extract().map_err(|_| {
            PyTypeError::new_err(format!("{what} is no number and no sequence of {n} numbers"))
        })?,
    };
    if numbers.len() != n {
        let k = numbers.len();
        return Err(PyValueError::new_err(format!("{what} has {k} numbers for {n} periods")));
    }
    let fine = |x: &f64| (x.is_finite() && *x >= 0.0) || (gaps && x.is_nan());
    match numbers.iter().find(|x| !fine(x)) {
        Some(x) => Err(PyValueError::new_err(format!("{what} holds {x}, which is no price"))),
        None => Ok(numbers),
    }
}

/// Odds from an answer: a word, or the probabilities of cancelling and of staying away.
fn odds(answer: &Bound<'_, PyAny>) -> PyResult<Odds> {
    if let Ok(word) = answer.extract::<String>() {
        return match word.as_str() {
            "honour" => Ok(Odds::HONOUR),
            "cancel" => Ok(Odds::CANCEL),
            "stay_away" => Ok(Odds::STAY_AWAY),
            _ => Err(PyValueError::new_err(format!(
                "`{word}` is no answer; there are honour, cancel, stay_away"
            ))),
        };
    }
    let (cancel, stay_away): (f64, f64) = match answer.extract::<(f64, f64)>() {
        Ok(pair) => pair,
        Err(_) => match answer.extract::<Vec<f64>>()?.as_slice() {
            [cancel, stay_away] => (*cancel, *stay_away),
            _ => {
                return Err(PyTypeError::new_err(
                    "an answer is a word, or the probabilities of cancelling and of staying away",
                ));
            }
        },
    };
    let fine = cancel >= 0.0 && stay_away >= 0.0 && cancel + stay_away <= 1.0 + 1e-9;
    if !fine {
        return Err(PyValueError::new_err(format!(
            "({cancel}, {stay_away}) are no probabilities of cancelling and of staying away"
        )));
    }
    Ok(Odds { cancel, stay_away })
}

impl Policies for PyPolicies {
    fn pricing(
        &self,
        view: &PricingView,
        rules: &MarketRules,
        built_in: PriceDecision,
    ) -> Result<PriceDecision, String> {
        self.ask(0, built_in.clone(), |py, asked| {
            let d = self.pricing_view(py, view, &built_in)?;
            d.set_item("floor", rules.pricing.floor)?;
            d.set_item("cap_share", rules.pricing.cap_share)?;
            d.set_item("ticket", self.array(py, &built_in.ticket)?)?;
            let answer = asked.call.bind(py).call1((self.read_only(py, d)?,))?;
            let (n, mut decided) = (view.len(), built_in);
            let Ok(named) = answer.cast::<PyDict>() else {
                decided.reservation = prices(&answer, "the answer of `pricing`", n, false)?;
                decided.low.clone_from(&decided.reservation);
                decided.high.clone_from(&decided.reservation);
                return Ok(decided);
            };
            for (name, values) in named.iter() {
                let name: String = name.extract()?;
                let what = format!("`{name}` of the answer of `pricing`");
                let gaps = name == "discharge";
                let slot = match name.as_str() {
                    "reservation" => &mut decided.reservation,
                    "discharge" => &mut decided.discharge,
                    "ticket" => &mut decided.ticket,
                    "low" => &mut decided.low,
                    "high" => &mut decided.high,
                    _ => return Err(PyValueError::new_err(format!(
                        "{what} is not known; there are reservation, discharge, ticket, low, high"
                    ))),
                };
                *slot = prices(&values, &what, n, gaps)?;
            }
            Ok(decided)
        })
    }

    fn ticket_price(
        &self,
        view: &PricingView,
        decided: &PriceDecision,
        built_in: Vec<f64>,
    ) -> Result<Vec<f64>, String> {
        self.ask(1, built_in.clone(), |py, asked| {
            let d = self.pricing_view(py, view, decided)?;
            d.set_item("ticket", self.array(py, &built_in)?)?;
            let answer = asked.call.bind(py).call1((self.read_only(py, d)?,))?;
            prices(&answer, "the answer of `ticket_price`", view.len(), false)
        })
    }

    fn penalty(&self, v: &PenaltyView, built_in: Cny) -> Result<Cny, String> {
        self.ask(2, built_in, |py, asked| {
            let values = [
                f64::from(v.ev.0),
                f64::from(v.zone.0),
                grade(v.grade),
                f64::from(u8::from(v.peak)),
                v.base,
                v.reserved_kwh,
                v.own_scale,
                built_in.value(),
            ];
            let amount: f64 = self.answer(py, asked, &PENALTY, &values)?.extract()?;
            if !(amount.is_finite() && amount >= 0.0) {
                let why = format!("the answer of `penalty` is {amount}, which is no penalty");
                return Err(PyValueError::new_err(why));
            }
            Ok(Cny(amount))
        })
    }

    fn attendance(&self, who: Holder, v: &AttendanceView, built_in: Odds) -> Result<Odds, String> {
        self.ask(3, built_in, |py, asked| {
            let values = [
                f64::from(who.ev.0),
                f64::from(who.zone.0),
                f64::from(who.segment),
                moment(v.moment),
                v.price,
                v.need_kwh,
                v.lead_h,
                v.saving_cny,
                v.refund_cny,
                v.cancel_fee_cny,
                v.severe_penalty_cny,
                v.forfeit_cny,
                f64::from(u8::from(v.plan_changed)),
                v.keeping_cost_cny,
                f64::from(u8::from(v.reminded)),
                f64::from(v.behaviour_class),
                built_in.cancel,
                built_in.stay_away,
            ];
            odds(&self.answer(py, asked, &ATTENDANCE, &values)?)
        })
    }
}

/// 1 minor, 2 moderate, 3 severe.
fn grade(grade: BreachGrade) -> f64 {
    match grade {
        BreachGrade::None => 0.0,
        BreachGrade::Minor => 1.0,
        BreachGrade::Moderate => 2.0,
        BreachGrade::Severe => 3.0,
    }
}

/// 0 when the booking is confirmed, 1 ahead of it, 2 before plugging in.
fn moment(moment: Moment) -> f64 {
    match moment {
        Moment::Booking => 0.0,
        Moment::Ahead => 1.0,
        Moment::BeforePlug => 2.0,
    }
}

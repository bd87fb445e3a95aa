//! What `powerio-tx` leaves out of a pandapower network: its switches, tables that it does not map,
//! and the place of a transformer's magnetisation (pandapower's default is the T equivalent).

use crate::sequence::Complex;
use crate::sketch::{Edge, Sketch};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Tables that carry no element of a power flow.
const SILENT: [&str; 25] = [
    "bus",
    "load",
    "sgen",
    "shunt",
    "gen",
    "ext_grid",
    "line",
    "trafo",
    "switch",
    "storage",
    "poly_cost",
    "pwl_cost",
    "bus_geodata",
    "line_geodata",
    "measurement",
    "group",
    "controller",
    "characteristic",
    "characteristic_temp",
    "q_capability_curve_table",
    "trafo_characteristic_table",
    "shunt_characteristic_table",
    "q_capability_characteristic",
    "id_characteristic_table",
    "dtype",
];
/// Ratio of resistance and reactance of a switch with an impedance, pandapower's default.
const SWITCH_RX: f64 = 2.0;

/// The tables of a pandapower file.
pub(crate) struct Tables(Map<String, Value>);

/// Rows of one table by column.
struct Frame {
    columns: BTreeMap<String, usize>,
    index: Vec<usize>,
    rows: Vec<Vec<Value>>,
}

impl Tables {
    /// The tables of a file's text, which `powerio-tx` has read already.
    pub fn of(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        match root.get("_object") {
            Some(Value::Object(tables)) => Ok(Self(tables.clone())),
            Some(Value::String(text)) => {
                serde_json::from_str(text).map(Self).map_err(|e| e.to_string())
            }
            _ => Err("there is no `_object` with the network's tables".to_owned()),
        }
    }

    fn frame(&self, name: &str) -> Result<Option<Frame>, String> {
        let Some(table) = self.0.get(name).and_then(Value::as_object) else { return Ok(None) };
        if table.get("_class").and_then(Value::as_str) != Some("DataFrame") {
            return Ok(None);
        }
        let parsed: Value;
        let object = match table.get("_object") {
            Some(Value::String(text)) => {
                parsed = serde_json::from_str(text).map_err(|e| format!("table `{name}`: {e}"))?;
                &parsed
            }
            Some(other) => other,
            None => return Ok(None),
        };
        let list =
            |key: &str| object.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let columns = list("columns");
        let columns =
            columns.iter().enumerate().filter_map(|(k, c)| Some((c.as_str()?.to_owned(), k)));
        let rows = list("data").into_iter().filter_map(|r| r.as_array().cloned());
        let index = list("index").iter().map(|x| x.as_u64().unwrap_or(0) as usize).collect();
        Ok(Some(Frame { columns: columns.collect(), index, rows: rows.collect() }))
    }

    /// Tables with rows that stand for elements which are not evaluated.
    ///
    /// # Errors
    /// Their names.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        for name in self.0.keys().filter(|n| !SILENT.contains(&n.as_str()) && !n.starts_with(['_']))
        {
            if name.starts_with("res_") || name.ends_with("_std_types") {
                continue;
            }
            match self.frame(name) {
                Ok(Some(frame)) if frame.serves() > 0 => problems.push(format!(
                    "table `{name}`: {} rows in service cannot be evaluated; replace them or take them out",
                    frame.serves()
                )),
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Applies the switches: a line open at one end is the admittance that its closed end sees.
    ///
    /// # Errors
    /// A switch at an element that is not in the file.
    pub fn apply_switches(&self, sketch: &mut Sketch) -> Result<(), String> {
        let Some(switches) = self.frame("switch")? else { return Ok(()) };
        let index_of =
            |name: &str| Ok::<_, String>(self.frame(name)?.map_or(Vec::new(), |f| f.index));
        let (lines, trafos, buses) = (index_of("line")?, index_of("trafo")?, index_of("bus")?);
        let bus_at = |index: usize| buses.iter().position(|&b| b == index);
        let mut open: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut opened = 0;
        for row in 0..switches.rows.len() {
            let number =
                |c: &str| switches.cell(row, c).and_then(Value::as_u64).map(|x| x as usize);
            let closed = switches.cell(row, "closed").and_then(Value::as_bool).unwrap_or(true);
            let kind = switches.cell(row, "et").and_then(Value::as_str).unwrap_or("");
            let (Some(bus), Some(element)) = (number("bus").and_then(bus_at), number("element"))
            else {
                return Err(format!(
                    "switch {}: its bus or element is not in the file",
                    switches.index[row]
                ));
            };
            let place = |list: &[usize], first: usize| {
                list.iter().position(|&x| x == element).map(|k| first + k)
            };
            let element = match kind {
                "b" => bus_at(element),
                "l" => place(&lines, 0),
                "t" => place(&trafos, lines.len()),
                other => {
                    return Err(format!(
                        "switch {}: elements of kind `{other}` are not evaluated",
                        switches.index[row]
                    ));
                }
            };
            let Some(element) = element else {
                return Err(format!(
                    "switch {}: its element is not in the file",
                    switches.index[row]
                ));
            };
            match (kind, closed) {
                ("b", true) => {
                    let ohm = switches.cell(row, "z_ohm").and_then(Value::as_f64).unwrap_or(0.0);
                    if ohm > 0.0 {
                        impedance(sketch, bus, element, ohm);
                    } else {
                        sketch.joined.push((bus, element));
                    }
                }
                ("b", false) => opened += 1,
                (_, false) => {
                    opened += 1;
                    open.entry(element).or_default().push(bus);
                }
                _ => {}
            }
        }
        for (edge, at) in &open {
            open_branch(sketch, *edge, at, *edge >= lines.len());
        }
        if opened > 0 {
            sketch.notes.push(format!("{opened} open switches are applied"));
        }
        Ok(())
    }

    /// Names of the lines and transformers of the file, in the order of the sketch's branches.
    pub fn name_branches(&self, sketch: &mut Sketch) -> Result<(), String> {
        let mut names = Vec::new();
        for table in ["line", "trafo"] {
            for index in self.frame(table)?.map_or(Vec::new(), |f| f.index) {
                names.push(format!("{table} {index}"));
            }
        }
        for (edge, name) in sketch.edges.iter_mut().zip(names) {
            edge.name = name;
        }
        Ok(())
    }
}

/// Moves the magnetisation of transformers from their high side, where `powerio-tx` puts it, to the
/// middle of their impedance: a star of half, half and `1 / y` becomes a delta.
pub(crate) fn magnetise(sketch: &mut Sketch) {
    for edge in sketch.edges.iter_mut().filter(|e| e.ratio.is_some()) {
        let y = edge.charge[0];
        let half = Complex::new(edge.z.0, edge.z.1).scaled(0.5);
        let Some(c) = y.inverse() else { continue };
        let sum = half.times(half).plus(half.times(c).scaled(2.0));
        let Some(inverse) = sum.inverse() else { continue };
        let (series, side) = (sum.times(y), half.times(inverse));
        edge.z = (series.re, series.im);
        edge.charge = [side; 2];
    }
}

impl Frame {
    fn cell(&self, row: usize, column: &str) -> Option<&Value> {
        self.rows[row].get(*self.columns.get(column)?)
    }
    fn serves(&self) -> usize {
        let serves =
            |row: &usize| self.cell(*row, "in_service").and_then(Value::as_bool).unwrap_or(true);
        (0..self.rows.len()).filter(serves).count()
    }
}

fn impedance(sketch: &mut Sketch, from: usize, to: usize, ohm: f64) {
    let pu = ohm / sketch.nodes[to].base_kv.powi(2);
    let x = pu / SWITCH_RX.hypot(1.0);
    let name = format!("switch {}-{}", sketch.nodes[from].name, sketch.nodes[to].name);
    let z = (SWITCH_RX * x, x);
    let charge = [Complex::default(); 2];
    sketch.edges.push(Edge {
        name,
        from,
        to,
        z,
        charge,
        ratio: None,
        rating_a: None,
        closed: true,
    });
}

/// Opens a branch. A line that is open at one end only still charges from the other.
fn open_branch(sketch: &mut Sketch, k: usize, at: &[usize], transformer: bool) {
    let edge = &mut sketch.edges[k];
    let (from_open, to_open) = (at.contains(&edge.from), at.contains(&edge.to));
    let live = std::mem::replace(&mut edge.closed, false);
    if !live || transformer || (from_open && to_open) {
        return;
    }
    let [y_from, y_to] = edge.charge;
    let (bus, near, far) =
        if from_open { (edge.to, y_to, y_from) } else { (edge.from, y_from, y_to) };
    let z = Complex::new(edge.z.0, edge.z.1);
    let behind = far.inverse().and_then(|c| c.plus(z).inverse()).unwrap_or_default();
    let y = near.plus(behind);
    sketch.admit(bus, y.re * 1000.0, -y.im * 1000.0);
}

/// Warnings of `powerio-tx` that are dealt with here.
pub(crate) fn answered(message: &str) -> bool {
    message.starts_with("`switch` table") || message.contains("` table ignored (")
}

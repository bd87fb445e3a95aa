//! Which files are networks, and how one is read.

use crate::sketch::Sketch;
use crate::{balanced, multiconductor, pandapower, radial};
use grid::FeederSpec;
use powerio_core::{Diagnostic, DiagnosticSeverity, Source};
use std::path::{Path, PathBuf};

/// Files of networks, by how their name ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// MATPOWER, `.m`.
    Matpower,
    /// pandapower, `.json`.
    Pandapower,
    /// OpenDSS, `.dss`.
    OpenDss,
    /// CIM (CIM100 RDF), `.xml` or `.rdf`.
    Cim,
}

/// A network as rows of a feeder.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadNetwork {
    /// The rows.
    pub spec: FeederSpec,
    /// What is lost or assumed, a sentence each.
    pub warnings: Vec<String>,
    /// How the file was understood.
    pub notes: Vec<String>,
}

impl Format {
    /// The format that a file's name says; none for other endings.
    ///
    /// ```
    /// use network::Format;
    /// assert_eq!(Format::of("case33bw.m".as_ref()), Some(Format::Matpower));
    /// assert_eq!(Format::of("buses.csv".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "m" => Some(Self::Matpower),
            "json" => Some(Self::Pandapower),
            "dss" => Some(Self::OpenDss),
            "xml" | "rdf" => Some(Self::Cim),
            _ => None,
        }
    }
}

/// Reads a network of another tool. `slack` names the bus at the substation where the file does
/// not.
///
/// # Errors
/// What cannot be read or evaluated, a text for each, without the file's name.
pub fn read(path: &Path, slack: Option<&str>) -> Result<ReadNetwork, Vec<String>> {
    let format = Format::of(path).ok_or_else(|| {
        vec!["networks are `.m` (MATPOWER), `.json` (pandapower), `.dss` (OpenDSS), `.xml` (CIM) or tables of buses and branches".to_owned()]
    })?;
    // A file that is damaged in a way which its reader did not foresee is an error of the file.
    let parsed = std::panic::catch_unwind(|| parsed(path, format));
    let mut sketch = parsed
        .unwrap_or_else(|_| Err(vec!["the file is damaged: its reader gave up".to_owned()]))?;
    sketch.warnings.dedup();
    let left_out = std::mem::take(&mut sketch.left_out);
    let (spec, mut said) = radial::feeder_spec(sketch, slack).map_err(|mut problems| {
        problems.extend(reasons(&left_out));
        problems
    })?;
    said.warnings.extend(reasons(&left_out));
    Ok(ReadNetwork { spec, warnings: said.warnings, notes: said.notes })
}

/// A file, and the folder inside of which it may take in others where that is not its own.
pub(crate) fn opened(
    path: &Path,
    format: Format,
) -> Result<(Source, Option<PathBuf>), Vec<String>> {
    let one = |e: powerio_core::Error| vec![e.to_string()];
    let source = Source::open(path).map_err(one)?;
    // Files of OpenDSS share line codes with their neighbours: `redirect ../codes.dss`.
    let above = std::path::absolute(path).ok().and_then(|p| Some(p.parent()?.parent()?.to_owned()));
    match above {
        Some(above) if format == Format::OpenDss => {
            let source = source.with_acquisition_root(above.clone()).map_err(one)?;
            Ok((source, Some(above)))
        }
        _ => Ok((source, None)),
    }
}

fn parsed(path: &Path, format: Format) -> Result<Sketch, Vec<String>> {
    let (source, _) = opened(path, format)?;
    match format {
        Format::Matpower => balanced_file(source, "matpower"),
        Format::Pandapower => {
            let text = std::fs::read_to_string(path).map_err(|e| vec![e.to_string()])?;
            let tables = pandapower::Tables::of(&text).map_err(|e| vec![e])?;
            tables.check()?;
            let mut sketch = balanced_file(source, "pandapower-json")?;
            let one = |e: String| vec![e];
            tables.name_branches(&mut sketch).map_err(one)?;
            pandapower::magnetise(&mut sketch);
            tables.apply_switches(&mut sketch).map_err(one)?;
            Ok(sketch)
        }
        Format::OpenDss | Format::Cim => {
            let module = powerio_dist::parse(source).map_err(|e| told(&e))?;
            let said = diagnostics(module.diagnostics())?;
            let (left_out, said): (Vec<String>, Vec<String>) =
                said.into_iter().partition(|message| message.ends_with(DROPPED));
            let mut sketch = multiconductor::sketch(module.value())?;
            sketch.left_out = left_out;
            sketch.notes.extend(first(said));
            Ok(sketch)
        }
    }
}

/// How a reader says that it has left a record out.
const DROPPED: &str = "; dropped";

/// What a reader has left out, as reasons: the first few, and how many more; and for transformers
/// of CIM the form in which they are read.
fn reasons(left_out: &[String]) -> Vec<String> {
    let reason = |message: &String| {
        format!("left out: {}", message.strip_suffix(DROPPED).unwrap_or(message))
    };
    let mut reasons = first(left_out.iter().map(reason).collect());
    if left_out.iter().any(|message| message.starts_with("TransformerTank ")) {
        reasons.push(
            "tanks of transformers are read where an `Asset` ties them to their \
             `TransformerTankInfo` and their ends say `TransformerTankEnd.phases`; write the file in \
             this form, or take the network's OpenDSS files"
                .to_owned(),
        );
    }
    reasons
}

/// The first remarks of a reader, and how many more there are.
fn first(mut said: Vec<String>) -> Vec<String> {
    const SHOWN: usize = 4;
    let more = said.len().saturating_sub(SHOWN);
    said.truncate(SHOWN);
    if more > 0 {
        said.push(format!("and {more} more remarks of its reader"));
    }
    said
}

fn balanced_file(source: Source, format: &str) -> Result<Sketch, Vec<String>> {
    let id = powerio_tx::parse_format_id(format).map_err(|e| vec![e.to_string()])?;
    let module = powerio_tx::parse(source.with_format(id)).map_err(|e| told(&e))?;
    let said = diagnostics(module.diagnostics())?;
    let pandapower = format != "matpower";
    let mut sketch = balanced::sketch(module.value(), usize::from(pandapower))?;
    sketch.warnings.extend(said.into_iter().filter(|m| !(pandapower && pandapower::answered(m))));
    Ok(sketch)
}

/// Why a reader gave up: its message, and those of the elements that are to blame.
fn told(error: &powerio_core::Error) -> Vec<String> {
    let mut all = vec![error.to_string()];
    let loud = error.diagnostics().iter().filter(|d| d.severity() == DiagnosticSeverity::Error);
    for message in loud.map(|d| d.message().to_owned()) {
        if !all.iter().any(|known| known.contains(&message)) {
            all.push(message);
        }
    }
    all
}

/// What a reader says; statements that it did not evaluate are refused.
fn diagnostics(list: &[Diagnostic]) -> Result<Vec<String>, Vec<String>> {
    let refused = |d: &&Diagnostic| {
        d.severity() == DiagnosticSeverity::Error || d.code().contains("INDEXED_ASSIGNMENT")
    };
    let text = |d: &Diagnostic| d.message().to_owned();
    let problems: Vec<String> = list.iter().filter(refused).map(text).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut said: Vec<String> = Vec::new();
    for message in list.iter().filter(|d| d.severity() == DiagnosticSeverity::Warning).map(text) {
        if !said.contains(&message) {
            said.push(message);
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExportFormat, export};
    use grid::{Feeder, FlowOptions, PowerFlow};

    fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }
    fn read_text(name: &str, text: &str) -> Result<ReadNetwork, String> {
        let (_dir, path) = file(name, text);
        read(&path, None).map_err(|list| list.join("\n"))
    }
    /// Losses [kW] and the lowest voltage [p.u.] at nominal load.
    fn nominal(network: &ReadNetwork) -> (f64, f64) {
        let feeder = Feeder::new(&network.spec).unwrap();
        let flow = PowerFlow::new(&feeder);
        let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
        let state = flow.solve(&p, &q, &FlowOptions::default()).unwrap().converged().unwrap();
        (state.loss.value(), state.lowest_voltage(&feeder).1.value())
    }

    #[test]
    fn a_feeder_comes_back_from_both_formats_with_its_losses() {
        for (format, name) in
            [(ExportFormat::Matpower, "case.m"), (ExportFormat::Pandapower, "net.json")]
        {
            let text = export(&grid::ieee33(), "case", format).unwrap().text;
            let network = read_text(name, &text).unwrap();
            assert_eq!((network.spec.buses.len(), network.spec.branches.len()), (33, 37));
            let (loss, lowest) = nominal(&network);
            assert!(
                (loss - 202.677).abs() < 5e-4 && (lowest - 0.913_090).abs() < 5e-7,
                "{name}: {loss} {lowest}"
            );
            assert_eq!(network.spec.slack.0, 1, "{name}");
        }
    }

    #[test]
    fn what_a_reader_leaves_out_is_the_reason_of_a_refusal() {
        let left_out: Vec<String> = (1..=6)
            .map(|k| format!("TransformerTank reg{k}: it has no TransformerTankInfo; dropped"))
            .collect();
        let said = reasons(&left_out);
        assert_eq!(said[0], "left out: TransformerTank reg1: it has no TransformerTankInfo");
        assert_eq!(said[4], "and 2 more remarks of its reader");
        assert!(said[5].contains("`TransformerTankEnd.phases`"), "{said:?}");
        assert!(reasons(&[]).is_empty());
    }

    #[test]
    fn switches_of_pandapower_are_applied() {
        let text = export(&grid::ieee33(), "case", ExportFormat::Pandapower).unwrap().text;
        let mut root: serde_json::Value = serde_json::from_str(&text).unwrap();
        let tables = root["_object"].as_object_mut().unwrap();
        let frame = |table: &serde_json::Value| -> serde_json::Value {
            match &table["_object"] {
                serde_json::Value::String(text) => serde_json::from_str(text).unwrap(),
                other => other.clone(),
            }
        };
        // All lines in service: five loops. Switches open the ties, one of them at one end only.
        let mut line = frame(&tables["line"]);
        let serves =
            line["columns"].as_array().unwrap().iter().position(|c| c == "in_service").unwrap();
        let (from, to) = ("from_bus", "to_bus");
        let at = |name: &str| {
            line["columns"].as_array().unwrap().iter().position(|c| c == name).unwrap()
        };
        let (from, to) = (at(from), at(to));
        let mut rows = Vec::new();
        for (k, row) in line["data"].as_array_mut().unwrap().iter_mut().enumerate() {
            if row[serves] == serde_json::json!(false) {
                rows.push(serde_json::json!([row[from], k, "l", false, 0.0]));
                if k % 2 == 0 {
                    rows.push(serde_json::json!([row[to], k, "l", false, 0.0]));
                }
            }
            row[serves] = serde_json::json!(true);
        }
        let meshed = {
            tables["line"]["_object"] = serde_json::json!(line.to_string());
            let mut root = root.clone();
            root["_object"] =
                serde_json::Value::Object(root["_object"].as_object().unwrap().clone());
            read_text("net.json", &root.to_string()).unwrap_err()
        };
        assert!(meshed.contains("closes a loop"), "{meshed}");
        let index: Vec<usize> = (0..rows.len()).collect();
        let switch = serde_json::json!({ "columns": ["bus", "element", "et", "closed", "z_ohm"], "index": index, "data": rows });
        let tables = root["_object"].as_object_mut().unwrap();
        let mut table = tables["line"].clone();
        table["_object"] = serde_json::json!(switch.to_string());
        tables.insert("switch".to_owned(), table);
        let network = read_text("net.json", &root.to_string()).unwrap();
        assert!((nominal(&network).0 - 202.677).abs() < 5e-4);
        assert!(network.notes.iter().any(|n| n.contains("open switches are applied")));
    }

    #[test]
    fn statements_that_are_not_evaluated_are_refused() {
        let text = export(&grid::ieee33(), "case", ExportFormat::Matpower).unwrap().text;
        let odd = format!("{text}\nmpc.bus(:, [3 4]) = mpc.bus(:, [3 4]) .* cosd(30);\n");
        assert!(read_text("case.m", &odd).is_err());
        assert!(read_text("case.m", "function mpc = nothing\n").is_err());
        assert!(read_text("net.json", "{}").is_err());
        assert!(read_text("net.xls", "").unwrap_err().contains("MATPOWER"));
    }

    const DSS: &str = "Clear
Set DefaultBaseFrequency=50
New Circuit.small basekv=10 pu=1.02 phases=3 bus1=source MVAsc3=1e9 MVAsc1=1e9
New Line.one Bus1=source Bus2=middle phases=3 r1=0.5 x1=0.3 r0=1.5 x0=0.9 c1=0 c0=0 Length=2 units=km
New Transformer.down Buses=[middle low] Conns=[Delta Wye] kVs=[10 0.4] kVAs=[630 630] XHL=4 %Rs=[0.5 0.5]
New Load.a Bus1=low Phases=3 kV=0.4 kW=300 kvar=100 Model=1
New Load.b Bus1=low.1 Phases=1 kV=0.23 kW=30 kvar=0 Model=1
Set VoltageBases=[10 0.4]
Solve
";

    #[test]
    fn an_unbalanced_circuit_becomes_its_equivalent_and_says_what_is_lost() {
        let network = read_text("small.dss", DSS).unwrap();
        let feeder = Feeder::new(&network.spec).unwrap();
        let low = feeder.find("low").expect("buses keep their names");
        let low = &feeder.buses()[feeder.position(low).unwrap()];
        assert!((low.p.value() - 330.0).abs() < 1e-9 && (low.base_kv - 0.4).abs() < 1e-9);
        assert!((feeder.slack_voltage().value() - 1.02).abs() < 1e-9);
        let said = network.warnings.join("\n");
        assert!(said.contains("1 loads are not the same on three phases"), "{said}");
        // 1 ohm and 0.6 ohm of line, 1 % and 4 % of 630 kVA: by hand, to first order in the load,
        // dv = (r p + x q) / v = (0.01 + 0.01 / 0.63) 0.33 / 1.02 + (0.006 + 0.04 / 0.63) 0.1 / 1.02.
        let drop = (0.01 + 0.01 / 0.63) * 0.33 / 1.02 + (0.006 + 0.04 / 0.63) * 0.1 / 1.02;
        let (_, lowest) = nominal(&network);
        assert!((1.02 - drop - lowest).abs() < 5e-4, "{lowest} {}", 1.02 - drop);
    }
}

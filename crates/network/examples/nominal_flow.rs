//! Prints the voltages of a network's buses at nominal load, for comparisons with other tools:
//! `cargo run -p network --example nominal_flow -- FILE [SLACK]`.

use grid::{Feeder, FlowOptions, PowerFlow};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let Some(path) = args.get(1) else {
        eprintln!("usage: nominal_flow FILE [SLACK]");
        return ExitCode::from(2);
    };
    match print(path, args.get(2).map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            eprintln!("{problems}");
            ExitCode::FAILURE
        }
    }
}

fn print(path: &str, slack: Option<&str>) -> Result<(), String> {
    let network = network::read(Path::new(path), slack).map_err(|list| list.join("\n"))?;
    network.warnings.iter().for_each(|w| eprintln!("warning: {w}"));
    network.notes.iter().for_each(|n| eprintln!("note: {n}"));
    let feeder = Feeder::new(&network.spec).map_err(|e| e.to_string())?;
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let flow = PowerFlow::new(&feeder).solve(&p, &q, &FlowOptions::default());
    let state = flow.map_err(|e| e.to_string())?.converged().map_err(|e| e.to_string())?;
    eprintln!(
        "{:.6} MW, losses {:.6} kW, {} buses",
        p.iter().sum::<f64>() / 1000.0,
        state.loss.value(),
        feeder.buses().len()
    );
    println!("bus,name,base_kv,v_pu,p_kw,q_kvar");
    for (at, bus) in feeder.buses().iter().enumerate() {
        let name = bus.name.as_deref().unwrap_or("");
        println!("{},{name},{},{:.9},{},{}", bus.id, bus.base_kv, state.vm_pu(at), p[at], q[at]);
    }
    Ok(())
}

use scenario::*;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args[0].as_str() {
        "show" => print!("{}", show(&args[1]).unwrap()),
        "schema" => println!("{}", serde_json::to_string_pretty(&schema_json()).unwrap()),
        _ => match Scenario::load(&args[0], &args[1..]) {
            Ok(l) => {
                print!("{}", resolved_toml(&l));
                match load_series(&l) { Ok(d) => println!("{:?}", [d.load_kw.values().iter().sum::<f64>()/4.0, d.wind_kw.values().iter().sum::<f64>()/4.0+d.pv_kw.values().iter().sum::<f64>()/4.0]), Err(e) => println!("{e}") }
            }
            Err(e) => print!("{e}"),
        },
    }
}

//! Real mosaik, pandapower and OpenDSS with the program among them, and whoever else may come to its
//! port. The worlds are in `tests/python/mosaik_worlds.py`.

use crate::partners::{python, skipped};
use crate::tool::{expect_code, gridflock, hashes, manifest};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gridflock");

/// Runs a script with mosaik; false where there is no Python for it.
fn play(script: &str, args: &[&str]) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut python = match python(None) {
        Ok(python) => python,
        Err(why) => {
            skipped(why);
            return false;
        }
    };
    let out = python.arg(root.join(script)).args(args).output().expect("Python starts");
    let said = String::from_utf8_lossy(&out.stdout);
    println!("{said}");
    assert!(out.status.success(), "{script}:\n{said}{}", String::from_utf8_lossy(&out.stderr));
    true
}

fn worlds(folder: &Path, cases: &[&str]) -> bool {
    let folder = folder.display().to_string();
    play("tests/python/mosaik_worlds.py", &[&[PROGRAM, folder.as_str()][..], cases].concat())
}

/// The tables of a run, its inputs left aside.
fn but_inputs(directory: &Path) -> BTreeMap<String, String> {
    let mut all = hashes(directory);
    all.remove("inputs.parquet");
    all
}

fn status(directory: &Path) -> String {
    manifest(directory)["status"].as_str().expect("a word").to_owned()
}

#[test]
fn a_day_with_pandapower_and_its_voltages_fed_back_is_the_same_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["a", "b"] {
        let output = dir.path().join(name).display().to_string();
        let args = ["--gridflock", PROGRAM, "--output", &output];
        if !play("examples/mosaik-pandapower/world.py", &args) {
            return;
        }
        assert_eq!(status(&dir.path().join(name)), "complete");
    }
    let tables = hashes(&dir.path().join("a"));
    assert!(tables.contains_key("inputs.parquet") && tables.contains_key("voltages.parquet"));
    assert_eq!(tables, hashes(&dir.path().join("b")));
    // Its table of inputs repeats it.
    expect_code(
        dir.path(),
        &[
            "run",
            "park",
            "--seed=1",
            "--set=access.voltage_response.full_pu=0.97",
            "--set=access.voltage_response.off_pu=0.9",
            "--set=series.load.power_factor=0.95",
            "--inputs=a/inputs.parquet",
            "-o",
            "again",
        ],
        0,
    );
    assert_eq!(tables, hashes(&dir.path().join("again")));
}

#[test]
fn a_world_that_gives_the_scenarios_own_values_leaves_the_tables_of_a_run() {
    let dir = tempfile::tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "plain"], 0);
    let cases = ["nothing_connected", "own_values", "milliseconds"];
    if !worlds(dir.path(), &cases) {
        return;
    }
    let plain = hashes(&dir.path().join("plain"));
    for case in cases {
        assert_eq!(but_inputs(&dir.path().join(case)), plain, "{case}");
    }
}

#[test]
fn mosaiks_own_checks_pass_and_inputs_of_all_kinds_arrive_at_their_times() {
    let dir = tempfile::tempdir().expect("a folder");
    worlds(dir.path(), &["meta", "refused", "several_sources", "shifted", "events"]);
}

#[test]
fn whatever_ends_a_world_its_tables_are_closed_and_the_manifest_says_how() {
    let dir = tempfile::tempdir().expect("a folder");
    if !worlds(dir.path(), &["not_a_number", "stopped_early", "lost"]) {
        return;
    }
    let wait = |name: &str| {
        let until = Instant::now() + Duration::from_secs(20);
        // The program of a world that died ends a little later than the world.
        while status(&dir.path().join(name)) == "running" && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        let manifest = manifest(&dir.path().join(name));
        let tables = manifest["tables"].as_array().expect("tables").len();
        assert!(tables > 5, "{name}: {tables} tables are closed");
        (manifest["status"].as_str().expect("a word").to_owned(), manifest["error"].to_string())
    };
    let (status, error) = wait("not_a_number");
    assert!(status == "failed" && error.contains("vm_pu") && error.contains("NaN"), "{error}");
    assert_eq!(wait("stopped_early").0, "interrupted");
    assert_eq!(wait("lost").0, "interrupted");
}

#[test]
fn a_program_killed_after_its_checkpoint_goes_on_to_the_same_tables() {
    let dir = tempfile::tempdir().expect("a folder");
    if !worlds(dir.path(), &["whole", "killed"]) {
        return;
    }
    let killed = dir.path().join("killed");
    assert_eq!(status(&killed), "running");
    let err = expect_code(dir.path(), &["run", "--resume", "killed"], 3);
    assert!(err.contains("was given values") && err.contains("inputs.csv"), "{err}");
    std::fs::write(
        dir.path().join("other.csv"),
        "t,zone_id,name,value\n2016-05-29T00:00:00+08:00,1,price,9\n",
    )
    .expect("a file");
    let err = expect_code(dir.path(), &["run", "--resume", "killed", "--inputs", "other.csv"], 3);
    assert!(err.contains("is not what this run was given"), "{err}");
    let inputs = ["run", "--resume", "killed", "--inputs", "whole/inputs.parquet"];
    expect_code(dir.path(), &inputs, 0);
    assert_eq!(hashes(&killed), hashes(&dir.path().join("whole")));
    assert!(!killed.join("inputs.csv").exists());
}

#[test]
fn pandapower_and_opendss_find_the_voltages_of_a_feeder_in_one_live_federation() {
    let dir = tempfile::tempdir().expect("a folder");
    if worlds(dir.path(), &["federation"]) {
        assert_eq!(status(&dir.path().join("federation")), "complete");
    }
}

/// The program waiting at a port of its own choice.
struct Waiting {
    program: Child,
    address: String,
}

impl Waiting {
    fn start(folder: &Path) -> Self {
        let mut program = Command::new(PROGRAM)
            .args(["cosim", "mosaik", "--listen", "127.0.0.1:0", "-o", "run"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = program.stdout.as_mut().expect("its stdout");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim().rsplit(' ').next().expect("an address").to_owned();
        Self { program, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        stream
    }

    /// Peak memory \[kB\], where the system tells it.
    fn memory_kb(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).ok()?;
        let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Its exit code and its words, if it ends soon.
    fn ends(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + Duration::from_mins(1);
        while self.program.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < until, "it hangs");
            std::thread::sleep(Duration::from_millis(20));
        }
        let out = self.program.wait_with_output().expect("a child");
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!err.contains("panicked"), "{err}");
        (out.status.code(), err)
    }
}

fn send(stream: &mut TcpStream, message: &str) {
    let length = u32::try_from(message.len()).expect("a short message");
    let _ = stream.write_all(&[&length.to_be_bytes()[..], message.as_bytes()].concat());
}

fn answer(stream: &mut TcpStream) -> String {
    let mut head = [0; 4];
    stream.read_exact(&mut head).expect("an answer");
    let mut message = vec![0; u32::from_be_bytes(head) as usize];
    stream.read_exact(&mut message).expect("a whole answer");
    String::from_utf8(message).expect("text")
}

/// Whether the other side has closed the connection.
fn is_left(stream: &mut TcpStream) -> bool {
    !matches!(stream.read(&mut [0; 64]), Ok(n) if n > 0)
}

const INIT: &str = r#"[0, 0, ["init", ["G-0"], {"time_resolution": 1.0}]]"#;
const CREATE: &str = r#"[0, 1, ["create", [1, "Zone"], {"scenario": "park-small"}]]"#;
const STEP: &str = r#"[0, 2, ["step", [43200, {}, 86400], {}]]"#;

#[test]
fn whoever_comes_to_the_port_does_no_harm_and_mosaik_is_served_after_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let waiting = Waiting::start(dir.path());
    let before = waiting.memory_kb();
    // Random bytes, a length of 2 GB, another protocol, a call that is not the first, one in parts.
    let noise: Vec<u8> =
        (0..10_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let long = [&[0x80, 0, 0, 0][..], &[b'['; 5000]].concat();
    for bytes in [&noise[..], &long, b"GET / HTTP/1.1\r\n\r\n", &[0, 0, 0, 2, b'{', b'}']] {
        let mut stream = waiting.connect();
        let _ = stream.write_all(bytes);
        assert!(is_left(&mut stream), "{:?}", &bytes[..4]);
    }
    let mut early = waiting.connect();
    send(&mut early, STEP);
    assert!(is_left(&mut early));
    // A message that stops half-way and does not end, and a thousand that say nothing.
    let mut slow = waiting.connect();
    slow.write_all(&[0, 0, 0, 60, b'[']).expect("takes it");
    let crowd: Vec<TcpStream> =
        (0..1000).filter_map(|_| TcpStream::connect(&waiting.address).ok()).collect();
    assert!(crowd.len() >= 900, "{} connections", crowd.len());
    drop(crowd);
    std::thread::sleep(Duration::from_millis(300));
    if let (Some(before), Some(after)) = (before, waiting.memory_kb()) {
        assert!(after < before + 20_000, "memory grew from {before} to {after} kB");
    }
    let mut mosaik = waiting.connect();
    for message in [INIT, CREATE, STEP] {
        send(&mut mosaik, message);
        assert!(answer(&mut mosaik).starts_with("[1,"), "{message}");
    }
    assert!(TcpStream::connect(&waiting.address).is_err(), "one world at a time");
    send(&mut mosaik, r#"[0, 3, ["stop", [], {}]]"#);
    assert_eq!(answer(&mut mosaik), "[1,3,null]");
    let (code, err) = waiting.ends();
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(status(&dir.path().join("run")), "interrupted");
}

#[test]
fn a_partner_that_goes_astray_in_the_middle_ends_the_run_with_its_tables() {
    let astray: [(&str, fn(&mut TcpStream)); 4] = [
        ("it closed the connection", |stream| {
            stream.shutdown(Shutdown::Both).expect("closes");
        }),
        ("it closed the connection", |stream| {
            stream.write_all(&[0, 0, 0, 200, b'[', b'0']).expect("takes it");
            stream.shutdown(Shutdown::Write).expect("closes");
        }),
        ("was announced", |stream| {
            stream.write_all(&[0x80, 0, 0, 0, 1, 2, 3]).expect("takes it");
        }),
        ("does not speak", |stream| send(stream, "[1, 2, 3]")),
    ];
    for (expected, go) in astray {
        let dir = tempfile::tempdir().expect("a folder");
        let waiting = Waiting::start(dir.path());
        let mut mosaik = waiting.connect();
        for message in [INIT, CREATE, STEP] {
            send(&mut mosaik, message);
            assert!(answer(&mut mosaik).starts_with("[1,"), "{message}");
        }
        go(&mut mosaik);
        let (code, err) = waiting.ends();
        assert!(code == Some(1) && err.contains(expected), "{expected}: {code:?} {err}");
        let run = dir.path().join("run");
        assert_eq!(status(&run), "interrupted");
        assert!(hashes(&run).len() > 5);
    }
}

#[test]
fn an_address_that_is_none_or_in_use_is_a_failure_with_a_remedy() {
    let dir = tempfile::tempdir().expect("a folder");
    let err = expect_code(dir.path(), &["cosim", "mosaik", "--listen", "here"], 2);
    assert!(err.contains("no address") && err.contains("127.0.0.1:5678"), "{err}");
    let waiting = Waiting::start(dir.path());
    let err = expect_code(dir.path(), &["cosim", "mosaik", "--listen", &waiting.address], 1);
    assert!(err.contains(&waiting.address) && err.contains("free port"), "{err}");
    let out = gridflock(dir.path(), &["cosim", "mosaik", "127.0.0.1:1", "--json"]);
    assert_eq!(out.status.code(), Some(1));
    let Waiting { mut program, .. } = waiting;
    program.kill().expect("a child");
    program.wait().expect("a child");
}

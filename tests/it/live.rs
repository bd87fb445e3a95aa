//! The live page, by hand: what it shows, who may look, and that the run does not care.

use crate::tool::{hashes, manifest};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes longer, or it hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program with a live page.
struct Program {
    process: Child,
    address: SocketAddr,
    token: String,
    /// What it says besides, read to its end when the program ends.
    rest: BufReader<std::process::ChildStderr>,
}

/// What came back.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Program {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gridflock"))
            .args(args)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut rest = BufReader::new(process.stderr.take().expect("its stderr"));
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(rest.read_line(&mut line).expect("text") > 0, "{args:?} names no page");
            if let Some((_, url)) = line.trim().split_once("http://") {
                break url.trim_matches(['"', ',', '}', ']']).to_owned();
            }
        };
        let (address, token) = url.split_once('/').expect("a path");
        let address = address.parse().expect("an address");
        Self { process, address, token: token.trim_matches('/').to_owned(), rest }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.address.to_string();
        let own = [("Host", host.as_str()), ("Connection", "close")];
        let own = own.iter().filter(|(name, _)| headers.iter().all(|(h, _)| h != name));
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in own.chain(headers) {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).expect("sends");
        answer(&mut stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", &format!("/{}/{path}", self.token), &[], "")
    }

    fn ask(&self, body: &str) -> u16 {
        let json = [("Content-Type", "application/json")];
        self.request("POST", &format!("/{}/control", self.token), &json, body).status
    }

    fn events(&self, query: &str) -> Events {
        let mut stream = self.connect();
        let path = format!("/{}/stream{query}", self.token);
        let text = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(text.as_bytes()).expect("sends");
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).expect("a status");
        assert!(line.contains("200"), "{line}");
        while line.trim() != "" {
            line.clear();
            lines.read_line(&mut line).expect("a header");
        }
        Events { chunks: lines, text: String::new() }
    }

    /// Resident memory \[kB\], where the system says so.
    fn memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    fn interrupt(&self) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill is there");
        assert!(sent.success());
    }

    /// Waits for the end; what it said besides.
    fn end(mut self) -> (ExitStatus, String) {
        let clock = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().expect("a process") {
                break status;
            }
            if clock.elapsed() > PATIENCE {
                let _ = self.process.kill();
                panic!("the program hangs");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        self.rest.read_to_string(&mut said).expect("text");
        assert!(!said.contains("panicked"), "{said}");
        (status, said)
    }
}

/// Reads an answer to the end of the connection.
fn answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    if let Err(e) = stream.read_to_end(&mut bytes) {
        assert!(e.kind() == ErrorKind::ConnectionReset && !bytes.is_empty(), "{e}");
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status in {text:?}"));
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// Events of a stream, as they come.
struct Events {
    chunks: BufReader<TcpStream>,
    text: String,
}

impl Events {
    /// The next event and its data; none when the stream has ended.
    fn next(&mut self) -> Option<(String, serde_json::Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let part = |name: &str| event.lines().find_map(|l| l.strip_prefix(name));
                let found = part("event: ").zip(part("data: "));
                let found = found.map(|(name, data)| (name.to_owned(), data.to_owned()));
                self.text = rest.to_owned();
                if let Some((name, data)) = found {
                    return Some((name, serde_json::from_str(&data).expect("JSON")));
                }
            } else {
                self.chunk()?;
            }
        }
    }

    fn chunk(&mut self) -> Option<()> {
        let mut size = String::new();
        self.chunks.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|n| *n > 0)?;
        let mut bytes = vec![0; size + 2];
        self.chunks.read_exact(&mut bytes).ok()?;
        self.text += &String::from_utf8_lossy(&bytes[..size]);
        Some(())
    }

    /// Waits for an event of which something holds.
    fn wait(
        &mut self,
        name: &str,
        holds: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        let clock = Instant::now();
        loop {
            let (event, data) = self.next().unwrap_or_else(|| panic!("no such `{name}` came"));
            if event == name && holds(&data) {
                return data;
            }
            assert!(clock.elapsed() < PATIENCE, "no such `{name}` came");
        }
    }

    /// Waits until the run is paused.
    fn paused(&mut self) -> serde_json::Value {
        self.wait("clock", |c| c["mode"] == "paused")
    }
}

fn plain(folder: &Path, scenario: &str, name: &str) -> BTreeMap<String, String> {
    crate::tool::expect_code(folder, &["run", scenario, "-o", name], 0);
    hashes(&folder.join(name))
}

#[test]
fn the_tables_are_the_same_whatever_whoever_looks_does() {
    let folder = tempfile::tempdir().unwrap();
    for scenario in ["park-small", "feeder-small", "group-small"] {
        let expected = plain(folder.path(), scenario, &format!("{scenario}-plain"));
        let ways: [(&str, &[&str]); 3] = [
            ("full", &[]),
            ("paced", &["--pace", "200000x"]),
            ("stepped", &["--step", "--threads", "2"]),
        ];
        for (way, options) in ways {
            let name = format!("{scenario}-{way}");
            let args = [&["run", scenario, "-o", &name, "--live"], options].concat();
            let program = Program::start(folder.path(), &args);
            if way == "stepped" {
                let mut events = program.events("");
                events.paused();
                for step in [r#"{"do":"step"}"#, r#"{"do":"step","minutes":7.3}"#] {
                    assert_eq!(program.ask(step), 204);
                    events.wait("clock", |c| c["mode"] == "stepping" || c["mode"] == "paused");
                }
                assert_eq!(program.ask(r#"{"do":"pace","times":100000}"#), 204);
                assert_eq!(program.ask(r#"{"do":"go"}"#), 204);
                assert_eq!(program.ask(r#"{"do":"pause"}"#), 204);
                events.paused();
                assert_eq!(program.ask(r#"{"do":"pace"}"#), 204);
                assert_eq!(program.ask(r#"{"do":"go"}"#), 204);
                events.wait("end", |_| true);
                assert!(events.next().is_none(), "the stream ends with the run");
            }
            let (status, said) = program.end();
            assert_eq!(status.code(), Some(0), "{name}: {said}");
            assert_eq!(hashes(&folder.path().join(&name)), expected, "{name}");
            assert_eq!(manifest(&folder.path().join(&name))["status"], "complete");
        }
    }
}

#[test]
fn the_page_shows_what_the_tables_hold_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["run", "park-small", "-o", "r", "--live", "--step"];
    let program = Program::start(folder.path(), &args);
    let page = program.get("");
    assert_eq!(page.status, 200);
    for header in ["content-security-policy: default-src 'none'", "cache-control: no-store"] {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
    for part in ["<title>", "lang=\"en\"", "role=\"status\"", "id=\"facts\"", "id=\"powers\""] {
        assert!(page.body.contains(part), "{part}");
    }
    for file in ["page.js", "page.css"] {
        let text = program.get(file);
        assert_eq!(text.status, 200, "{file}");
        let others = text.body.replace("http://www.w3.org/2000/svg", "");
        assert!(!others.contains("http"), "{file} speaks of another address");
    }
    let mut events = program.events("?q=reservation_confirmed");
    events.paused();
    assert_eq!(program.ask(r#"{"do":"go"}"#), 204);
    let (mut counts, mut powers, mut last) = Default::default();
    let mut facts: Vec<serde_json::Value> = Vec::new();
    while let Some((event, data)) = events.next() {
        match event.as_str() {
            "counts" => counts = data,
            "powers" => powers = data,
            "clock" => last = data,
            "facts" => facts.extend(data["rows"].as_array().unwrap().iter().cloned()),
            _ => {}
        }
    }
    let (status, said) = program.end();
    assert_eq!(status.code(), Some(0), "{said}");
    let last: serde_json::Value = last;
    assert_eq!((last["mode"].as_str(), last["share"].as_f64()), (Some("ended"), Some(1.0)));
    assert!(!facts.is_empty() && facts.iter().all(|r| r["what"] == "reservation confirmed"));
    let (mut confirmed, mut load) = (0_u64, 0.0);
    let run = folder.path().join("r");
    record::scan_columns(&run.join("facts.parquet"), &["kind"], |frame| {
        let of = |row: &usize| frame.word("kind", *row) == "reservation_confirmed";
        confirmed += (0..frame.rows()).filter(of).count() as u64;
    })
    .unwrap();
    record::scan_columns(&run.join("balance.parquet"), &["load_kw"], |frame| {
        load += frame.numbers("load_kw").iter().sum::<f64>();
    })
    .unwrap();
    let counts: serde_json::Value = counts;
    let bookings = counts["groups"].as_array().unwrap().iter().find(|g| g["name"] == "Bookings");
    let rows = bookings.unwrap()["rows"].as_array().unwrap();
    let shown = rows.iter().find(|r| r[0] == "confirmed").unwrap()[1].as_u64();
    assert_eq!(shown, Some(confirmed));
    let powers: serde_json::Value = powers;
    let shown: f64 =
        powers["load"].as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).sum();
    assert!((shown - load).abs() < 0.01 * load.abs().max(1.0), "{shown} and {load}");
}

#[test]
fn one_evs_story_is_the_one_of_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["run", "park-small", "-o", "r", "--live", "--step"];
    let program = Program::start(folder.path(), &args);
    let mut events = program.events("");
    events.paused();
    assert_eq!(program.ask(r#"{"do":"step","minutes":780}"#), 204);
    events.wait("clock", |c| c["mode"] == "paused" && c["clock"] == "1 13:00:00");
    let mut stories = Vec::new();
    for ev in 1..=8 {
        let told = program.get(&format!("ev/{ev}"));
        assert_eq!(told.status, 200);
        let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
        let rows = told["rows"].as_array().unwrap().iter();
        let rows: Vec<String> = rows.map(|r| r["what"].as_str().unwrap().to_owned()).collect();
        stories.push((ev, rows));
    }
    for (id, status) in [("0", 404), ("99999", 404), ("x", 404), ("-1", 404)] {
        assert_eq!(program.get(&format!("ev/{id}")).status, status, "{id}");
    }
    assert_eq!(program.ask(r#"{"do":"go"}"#), 204);
    assert_eq!(program.end().0.code(), Some(0));
    let mut told = 0;
    for (ev, story) in stories {
        let facts = record::read_facts(&folder.path().join("r"), |f| f.fact.ev.0 == ev).unwrap();
        let words = facts.iter().map(|f| f.fact.kind.word().replace('_', " "));
        let words: Vec<String> = words.collect();
        // What the last window of time holds is seen when that is over.
        let early = facts.iter().filter(|f| f.fact.t.hours() < 12.75).count();
        assert!(story.len() >= early, "EV {ev}: {} of {early} facts", story.len());
        assert_eq!(story[..], words[..story.len()], "EV {ev}");
        told += story.len();
    }
    assert!(told > 0, "eight vehicles did nothing until noon");
}

#[test]
fn whoever_comes_from_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["run", "park-small", "-o", "r", "--live", "--step"];
    let program = Program::start(folder.path(), &args);
    assert!(program.address.ip().is_loopback());
    let page = format!("/{}/", program.token);
    let control = format!("/{}/control", program.token);
    let json = ("Content-Type", "application/json");
    let port = program.address.port();
    let go = r#"{"do":"go"}"#;
    let other = format!("evil.example:{port}");
    let names = format!("127.0.0.1.evil.example:{port}");
    for host in ["evil.example", &other, &names, "127.0.0.1:1", ""] {
        assert_eq!(program.request("GET", &page, &[("Host", host)], "").status, 403, "{host}");
        let post = program.request("POST", &control, &[("Host", host), json], go);
        assert_eq!(post.status, 403, "{host}");
    }
    for origin in ["http://evil.example", "null", "https://127.0.0.1", "http://localhost:1"] {
        let post = program.request("POST", &control, &[("Origin", origin), json], go);
        assert_eq!(post.status, 403, "{origin}");
        let stream = format!("{page}stream");
        let get = program.request("GET", &stream, &[("Origin", origin)], "");
        assert_eq!(get.status, 403, "{origin}");
    }
    let wrong = "0".repeat(program.token.len());
    for path in ["/", "/page.js", "/stream", "/control", &format!("/{wrong}/"), "/../etc/passwd"] {
        let refused = program.request("GET", path, &[], "");
        assert_eq!(refused.status, 403, "{path}");
        assert!(!refused.body.contains(&program.token) && !refused.head.contains(&program.token));
    }
    // What is no control is refused too, with words where there is a body.
    let text = program.request("POST", &control, &[("Content-Type", "text/plain")], go);
    assert_eq!(text.status, 415, "a form of another page could send this");
    assert_eq!(program.request("GET", &control, &[], "").status, 405);
    assert_eq!(program.request("DELETE", &page, &[], "").status, 405);
    for body in ["", "{", "[]", "{}", r#"{"do":"fly"}"#, r#"{"do":"pace","times":-1}"#, "nul\0"] {
        assert_eq!(program.ask(body), 400, "{body}");
    }
    assert_eq!(program.ask(&format!("[{}", " ".repeat(1 << 20))), 413);
    assert_eq!(program.get("nothing").status, 404);
    // Nobody was let in: it still waits.
    let own = format!("http://{}", program.address);
    let post = program.request("POST", &control, &[("Origin", &own), json], go);
    assert_eq!(post.status, 204);
    assert_eq!(program.end().0.code(), Some(0));
    assert_eq!(manifest(&folder.path().join("r"))["status"], "complete");
}

#[test]
fn hostile_connections_neither_hang_nor_grow_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let expected = plain(folder.path(), "park-small", "plain");
    let args = ["run", "park-small", "-o", "r", "--live", "--step"];
    let program = Program::start(folder.path(), &args);
    program.events("").paused();
    let before = program.memory_kb();
    // Random bytes, half a request, a body that never comes, a head without end.
    let mut noise = 1_u64;
    let mut random = move || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 33) as u8
    };
    let page = format!("GET /{}/stream HTTP/1.1\r\nHost: {}\r\n", program.token, program.address);
    let long = format!(
        "POST /{}/control HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 2000000000\r\n\r\n",
        program.token, program.address
    );
    let mut kept = Vec::new();
    for round in 0..40 {
        let mut stream = program.connect();
        let bytes: Vec<u8> = match round % 4 {
            0 => (0..4096).map(|_| random()).collect(),
            1 => page.as_bytes()[..page.len() * round / 60].to_vec(),
            2 => long.clone().into_bytes(),
            _ => [page.as_bytes(), &b"X-Long: ".repeat(40_000)].concat(),
        };
        let _ = stream.write_all(&bytes);
        if round % 2 == 0 {
            let _ = stream.shutdown(Shutdown::Write);
        }
        kept.push(stream);
    }
    drop(kept);
    // Readers that never read, and more connections than are let in.
    let deaf: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = program.connect();
            stream.write_all(format!("{page}\r\n").as_bytes()).expect("sends");
            stream
        })
        .collect();
    // A process may have about a thousand files: three times 400.
    let mut many = Vec::new();
    for _ in 0..3 {
        many.clear();
        many.extend((0..400).filter_map(|_| TcpStream::connect(program.address).ok()));
        assert!(many.len() > 200, "only {} connections", many.len());
        std::thread::sleep(Duration::from_millis(100));
    }
    if let (Some(before), Some(now)) = (before, program.memory_kb()) {
        assert!(now < before + 40_000, "from {before} kB to {now} kB");
    }
    drop(many);
    // The page is there again, and with readers that do not read the run goes to its end.
    let clock = Instant::now();
    loop {
        let mut stream = program.connect();
        let _ = stream.write_all(
            format!("{}Connection: close\r\n\r\n", page.replace("stream", "")).as_bytes(),
        );
        let mut text = String::new();
        if stream.read_to_string(&mut text).is_ok() && text.contains("200 OK") {
            break;
        }
        assert!(clock.elapsed() < PATIENCE, "the page does not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(program.ask(r#"{"do":"go"}"#), 204);
    let (status, said) = program.end();
    assert_eq!(status.code(), Some(0), "{said}");
    drop(deaf);
    assert_eq!(hashes(&folder.path().join("r")), expected);
}

#[test]
fn an_interrupted_run_says_so_to_whoever_looks_and_closes_its_tables() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("paused", &["--step"][..]), ("slow", &["--pace", "1x"])] {
        let args = [&["run", "park-small", "-o", name, "--live"], options].concat();
        let program = Program::start(folder.path(), &args);
        let mut events = program.events("");
        events.wait("clock", |c| c["mode"] == "paused" || c["mode"] == "going");
        program.interrupt();
        let last = events.wait("clock", |c| c["mode"] == "ended");
        assert!(last["ending"].as_str().is_some_and(|e| e.contains("interrupted")), "{last}");
        events.wait("end", |_| true);
        let (status, said) = program.end();
        assert_eq!(status.code(), Some(130), "{said}");
        assert_eq!(manifest(&folder.path().join(name))["status"], "interrupted");
        hashes(&folder.path().join(name));
    }
}

#[test]
fn a_studys_page_counts_its_runs_and_its_intervals_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let study = "[scenario]\nbase = \"park-small\"\n[[factor]]\nname = \"tickets.enabled\"\nvalues = [false, true]\n[output]\nindicators = [\"ev_cost_cny\", \"need_met_share\"]\n[replications]\nn = 100\n";
    std::fs::write(folder.path().join("s.toml"), study).unwrap();
    crate::tool::expect_code(folder.path(), &["study", "run", "s.toml", "-o", "plain"], 0);
    let program = Program::start(
        folder.path(),
        &["study", "run", "s.toml", "-o", "live", "--threads", "1", "--live"],
    );
    let page = program.get("");
    assert!(page.status == 200 && page.body.contains("id=\"intervals\""));
    assert_eq!(program.ask(r#"{"do":"pause"}"#), 404, "a study has no controls");
    let mut events = program.events("");
    let (mut states, mut intervals) = (Vec::new(), Vec::new());
    while let Some((event, data)) = events.next() {
        match event.as_str() {
            "state" => states.push(data),
            "intervals" => intervals.push(data),
            _ => {}
        }
    }
    let (status, said) = program.end();
    assert_eq!(status.code(), Some(0), "{said}");
    let last = states.last().expect("states");
    assert_eq!((last["finished"].as_u64(), last["runs"].as_u64()), (Some(200), Some(200)));
    let rows = intervals.last().and_then(|i| i.as_array()).expect("intervals");
    let cost = rows.iter().find(|r| r["name"] == "ev_cost_cny").expect("a cost");
    let steps = cost["steps"].as_array().expect("its history");
    let width = |s: &serde_json::Value| s[3].as_f64().unwrap() - s[1].as_f64().unwrap();
    let widest = steps.iter().map(width).fold(0.0, f64::max);
    assert!(steps.len() > 1 && width(&steps[steps.len() - 1]) < widest, "{cost}");
    // The last interval of the page is the one of the table.
    let mut found = false;
    let columns = ["scope", "name", "n", "ci_low", "ci_high"];
    record::scan_columns(&folder.path().join("live/contrasts.parquet"), &columns, |frame| {
        for row in 0..frame.rows() {
            if frame.word("scope", row) == "run" && frame.word("name", row) == "ev_cost_cny" {
                found = true;
                assert_eq!(cost["n"].as_f64(), Some(frame.numbers("n")[row]));
                assert_eq!(cost["low"].as_f64(), Some(frame.numbers("ci_low")[row]));
                assert_eq!(cost["high"].as_f64(), Some(frame.numbers("ci_high")[row]));
            }
        }
    })
    .unwrap();
    assert!(found);
    assert_eq!(hashes(&folder.path().join("live")), hashes(&folder.path().join("plain")));
}

#[test]
fn a_wrong_address_or_pace_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("--live={}", taken.local_addr().unwrap());
    let wrong: [(&[&str], i32, &str); 6] = [
        (&["--live=example.org:80"], 2, "no address"),
        (&["--live", "--pace", "fast"], 2, "no pace"),
        (&["--live", "--pace", "2x", "--step"], 2, "--step"),
        (&["--pace", "2x"], 2, "--live"),
        (&["--step"], 2, "--live"),
        (&[&taken], 1, "cannot listen"),
    ];
    for (options, code, words) in wrong {
        let args = [&["run", "park-small", "-o", "r"], options].concat();
        let said = crate::tool::expect_code(folder.path(), &args, code);
        assert!(said.contains(words), "{options:?}: {said}");
        assert!(!folder.path().join("r").exists(), "{options:?}");
    }
}

#[test]
fn an_address_that_others_can_reach_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["run", "park-small", "-o", "r", "--live=0.0.0.0:0"];
    let said = crate::tool::expect_code(folder.path(), &args, 0);
    assert!(said.contains("other machines"), "{said}");
    let args = ["run", "park-small", "-o", "q", "--live"];
    let said = crate::tool::expect_code(folder.path(), &args, 0);
    assert!(!said.contains("other machines"), "{said}");
}

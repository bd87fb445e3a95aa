//! The commands that run one simulation over several machines: a root broker and the record on the
//! first host, a broker below it and a block of zones on each of the others.

use super::crew::Crew;
use super::roster::Zones;
use ::helics::CoreType;
use std::fmt::Write;

/// What is to be run where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPlan {
    /// The hosts' names or addresses, the one with the record first.
    pub hosts: Vec<String>,
    /// Processes with zones, dealt out to the hosts in turn.
    pub blocks: Vec<Zones>,
    /// How brokers and federates talk.
    pub core: CoreType,
    /// `gridflock cosim helics SCENARIO` with the options that all have.
    pub command: Vec<String>,
    /// Options of the process that keeps the record.
    pub of_recorder: Vec<String>,
    /// Federates of others that join the root broker.
    pub partners: usize,
}

/// From the port of a broker to that of the next: one takes a few.
const PORTS: u16 = 10;

/// The commands, host by host, as a script to read or to copy from.
pub fn host_commands(plan: &HostPlan) -> String {
    let core = plan.core.word();
    let usual = plan.core.usual_port();
    let root = plan.hosts.first().map_or("localhost", String::as_str);
    let count = plan.hosts.len().max(1);
    let all = plan.blocks.len() + 1 + plan.partners;
    let mut text = String::new();
    let command = quoted(&plan.command);
    for (i, host) in plan.hosts.iter().enumerate() {
        // A port of its own for each broker, so that two names of one machine do not collide.
        let port = usual + PORTS * i as u16;
        let blocks: Vec<&Zones> = plan.blocks.iter().skip(i).step_by(count).collect();
        let _ = writeln!(text, "# on {host}");
        if i == 0 {
            let _ = writeln!(
                text,
                "helics_broker --all --coretype {core} --federates {all} --port {port} --name root &"
            );
            let record = quoted(&plan.of_recorder);
            let _ = writeln!(
                text,
                "{command} --core {core} --broker localhost:{port} --zone 0 --name centre {record} &"
            );
        } else if !blocks.is_empty() {
            let federates = blocks.len();
            let _ = writeln!(
                text,
                "helics_broker --all --coretype {core} --federates {federates} --port {port} \
                 --broker_address {root}:{usual} --name broker-{i} &"
            );
        }
        for zones in blocks {
            let name = Crew::name_of(zones);
            let _ = writeln!(
                text,
                "{command} --core {core} --broker localhost:{port} --zone {zones} --name {name} &"
            );
        }
        let _ = writeln!(text, "wait");
    }
    text
}

/// Words for a shell.
fn quoted(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@".contains(c);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_runs_on_one_host_and_brokers_count_their_federates() {
        let plan = HostPlan {
            hosts: vec!["a".to_owned(), "b".to_owned()],
            blocks: Zones::blocks(6, 3),
            core: CoreType::TcpSs,
            command: ["gridflock", "cosim", "helics", "my park.toml"].map(str::to_owned).to_vec(),
            of_recorder: vec!["-o".to_owned(), "r".to_owned()],
            partners: 1,
        };
        let text = host_commands(&plan);
        for zones in ["1-2", "3-4", "5-6"] {
            let times = text.matches(&format!("--zone {zones} ")).count();
            assert_eq!(times, 1, "{zones}: {text}");
        }
        let (a, b) = text.split_once("# on b").expect("two hosts");
        assert!(a.contains("--federates 5 --port 33133") && a.contains("--zone 1-2"), "{text}");
        assert!(b.contains("--federates 1 ") && b.contains("--broker_address a:33133"), "{text}");
        assert!(b.contains("--port 33143") && b.contains("--broker localhost:33143"), "{text}");
        assert!(text.contains("'my park.toml'") && a.contains("--zone 0 --name centre -o r"));
    }
}

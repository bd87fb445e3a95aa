//! The processes of a run on one machine: this one keeps the record and the centre, the others have
//! the zones.
//!
//! Each process reads from a pipe whose other end this one holds: when this one is gone, however it
//! went, the pipe closes and they end. They are in process groups of their own, so that Ctrl-C
//! reaches this one alone, which stops all of them together.

use super::roster::Zones;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How the processes are started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrewSettings {
    /// The program.
    pub program: PathBuf,
    /// What all are told.
    pub arguments: Vec<String>,
    /// The zones of each.
    pub blocks: Vec<Zones>,
}

/// Processes that run.
#[derive(Debug)]
pub struct Crew {
    members: Vec<(Zones, Child)>,
}

/// How long processes may take to end by themselves.
const FAREWELL: Duration = Duration::from_secs(5);

impl Crew {
    /// The name of the federate with these zones.
    pub fn name_of(zones: &Zones) -> String {
        format!("zones-{}", zones.to_string().replace(',', "+"))
    }

    /// Starts them.
    ///
    /// # Errors
    /// If the operating system refuses one; those before it are ended.
    pub fn start(settings: &CrewSettings) -> std::io::Result<Self> {
        let mut crew = Self { members: Vec::new() };
        for zones in &settings.blocks {
            let mut command = Command::new(&settings.program);
            command
                .args(&settings.arguments)
                .args(["--zone", &zones.to_string(), "--name", &Self::name_of(zones)])
                .arg("--while-stdin-is-open")
                .stdin(Stdio::piped())
                .stdout(Stdio::null());
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            crew.members.push((zones.clone(), command.spawn()?));
        }
        Ok(crew)
    }

    /// Why waiting for them is in vain: one has failed.
    pub fn failure(&mut self) -> Option<String> {
        self.members.iter_mut().find_map(|(zones, child)| {
            let status = child.try_wait().ok()??;
            (!status.success())
                .then(|| format!("the process with zones {zones} has ended: {}", words(status)))
        })
    }

    /// Waits until all have ended; whoever takes too long is killed.
    pub fn disband(&mut self) {
        let until = Instant::now() + FAREWELL;
        for (_, child) in &mut self.members {
            while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(10));
            }
            // Closes its pipe, too.
            let _ = child.kill();
            let _ = child.wait();
        }
        self.members.clear();
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.disband();
    }
}

fn words(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

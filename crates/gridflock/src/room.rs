//! Whether there is room for a run: memory and disk, before anything is built or written.

use crate::failure::{Code, Failure};
use scenario::{Loaded, Model};
use simulation::Needs;
use std::path::Path;

/// What cannot fit into the memory that is free, or onto the disk of its directory, is refused.
///
/// # Errors
/// With what the run takes, what there is, and what would help.
pub(crate) fn check_room(loaded: &Loaded, directory: &Path) -> Result<(), Failure> {
    let needs = simulation::needs(&loaded.scenario);
    let short = [
        ("memory", needs.memory_bytes, free_memory()),
        ("disk", needs.disk_bytes, free_disk(directory)),
    ];
    let Some((what, free)) = short
        .into_iter()
        .find_map(|(what, needed, free)| Some((what, free.filter(|free| needed > *free)?)))
    else {
        return Ok(());
    };
    let s = &loaded.scenario;
    // On a feeder and in a group everybody has a charge point.
    let points = match s.model {
        Model::Park => format!(" and {} charge points a zone", s.market.access.piles),
        Model::Feeder(_) | Model::Group(_) => String::new(),
    };
    let message = format!(
        "{} EVs{points} take about {}; {} of {what} are free",
        s.fleet.spec.evs,
        in_words(&needs),
        bytes(free)
    );
    let help = if what == "memory" {
        "fewer of them, fewer days, or a machine with more memory"
    } else {
        "fewer tables ([record] tables), fewer EVs or days, or a directory on another disk with -o"
    };
    Err(Failure::with_help(Code::Scenario, message, help))
}

/// What a run takes of memory and disk, in words.
///
/// ```
/// let needs = simulation::Needs { rows: 1, disk_bytes: 400_000, memory_bytes: 2_400_000_000 };
/// assert_eq!(gridflock::in_words(&needs), "2.4 GB of memory and 400 kB of disk");
/// ```
pub fn in_words(needs: &Needs) -> String {
    format!("{} of memory and {} of disk", bytes(needs.memory_bytes), bytes(needs.disk_bytes))
}

fn bytes(n: u64) -> String {
    match n as f64 {
        b if b < 1e6 => format!("{:.0} kB", (b / 1e3).max(1.0)),
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

/// Memory that is free (bytes), where the system says so.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
}

/// Disk that is free where a directory is or will be (bytes), where the system says so.
fn free_disk(directory: &Path) -> Option<u64> {
    let whole = std::path::absolute(directory).ok()?;
    let there = whole.ancestors().find(|folder| folder.exists())?;
    free_at(there)
}

#[cfg(unix)]
fn free_at(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_at(_: &Path) -> Option<u64> {
    None
}

//! The files that a network's file takes in.

use crate::Format;
use crate::file::opened;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// A file that another one takes in, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Files that a file of OpenDSS takes in (`redirect`, `compile`, shapes), in the order of their
/// names. None for other formats, and for a file that cannot be read: [`crate::read`] says why.
pub fn includes(path: &Path) -> Vec<Included> {
    let Some((source, Some(root))) =
        Format::of(path).filter(|f| *f == Format::OpenDss).and_then(|f| opened(path, f).ok())
    else {
        return Vec::new();
    };
    // What was read stays with the source, whatever becomes of the network.
    let kept = source.clone();
    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| powerio_dist::parse(source).is_ok()));
    let buffers = kept.acquired_buffers().into_iter().skip(1);
    buffers.map(|b| Included { path: root.join(b.name()), bytes: b.bytes().to_vec() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_takes_in_is_told_also_from_the_folder_above() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("case");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(dir.path().join("codes.dss"), "New LineCode.a nphases=3 r1=0.1 x1=0.1\n")
            .unwrap();
        std::fs::write(own.join("lines.dss"), "New Line.one bus1=source bus2=b linecode=a\n")
            .unwrap();
        let main = own.join("main.dss");
        let text = "Clear\nNew Circuit.c basekv=10 bus1=source\nredirect ../codes.dss\n\
                    redirect lines.dss\n";
        std::fs::write(&main, text).unwrap();
        let found = includes(&main);
        let names: Vec<String> = found
            .iter()
            .map(|f| f.path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["lines.dss", "codes.dss"]);
        assert!(found.iter().all(|f| std::fs::read(&f.path).is_ok_and(|b| b == f.bytes)));
        assert!(includes(&dir.path().join("case.m")).is_empty());
    }
}

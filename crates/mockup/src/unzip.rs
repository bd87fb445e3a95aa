//! A unit's files out of its archive, no more of them than there is reason for.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of all files of a unit together: libraries for several platforms and their data fit.
pub(crate) const MOST_BYTES: u64 = 1 << 30;
/// Files of a unit.
const MOST_FILES: usize = 20_000;

/// Unzips an archive into a folder. What an archive says of its sizes is believed only to refuse it:
/// what comes out is counted.
///
/// # Errors
/// What is wrong with the archive, or that there is no room.
pub(crate) fn unzip(path: &Path, folder: &Path, most_bytes: u64) -> Result<(), String> {
    let of_zip = |e: ZipError| format!("it is no zip archive that can be read: {e}");
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(of_zip)?;
    if archive.len() > MOST_FILES {
        return Err(format!("it has {} files; a unit has at most {MOST_FILES}", archive.len()));
    }
    let large = || format!("unzipped it is larger than the {} MB of a unit", most_bytes >> 20);
    if archive.decompressed_size().is_some_and(|bytes| bytes > u128::from(most_bytes)) {
        return Err(large());
    }
    let mut room = most_bytes;
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(of_zip)?;
        let Some(inside) = entry.enclosed_name() else {
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            return Err(format!("its file `{}` lies outside of it", name.escape_debug()));
        };
        let to = folder.join(&inside);
        let io = |e: io::Error| format!("`{}` cannot be unzipped: {e}", inside.display());
        if entry.is_dir() {
            fs::create_dir_all(&to).map_err(io)?;
            continue;
        }
        if let Some(above) = to.parent() {
            fs::create_dir_all(above).map_err(io)?;
        }
        let mut out = File::create(&to).map_err(io)?;
        // One byte more than there is room for tells that it is too large.
        let written = io::copy(&mut entry.by_ref().take(room.saturating_add(1)), &mut out);
        room = room.checked_sub(written.map_err(io)?).ok_or_else(large)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    /// An archive with these files.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn unzipped(bytes: &[u8], most: u64) -> (Result<(), String>, u64) {
        let home = tempfile::tempdir().unwrap();
        let (unit, folder) = (home.path().join("a.fmu"), home.path().join("unit"));
        fs::write(&unit, bytes).unwrap();
        fs::create_dir(&folder).unwrap();
        let done = unzip(&unit, &folder, most);
        let size = |entry: io::Result<fs::DirEntry>| entry.unwrap().metadata().unwrap().len();
        (done, fs::read_dir(&folder).unwrap().map(size).sum())
    }

    #[test]
    fn an_archive_that_says_it_is_too_large_is_refused_before_anything_is_written() {
        let bomb = archive(&[("a", &vec![0; 1 << 20]), ("b", &vec![0; 1 << 20])]);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        let (done, written) = unzipped(&bomb, (2 << 20) - 1);
        assert!(done.unwrap_err().contains("larger than"));
        assert_eq!(written, 0);
        assert_eq!(unzipped(&bomb, 2 << 20), (Ok(()), 2 << 20));
    }

    #[test]
    fn an_archive_that_lies_about_its_size_writes_no_more_than_there_is_room_for() {
        let mut bomb = archive(&[("a", &vec![0; 1 << 20])]);
        let central = bomb.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
        bomb[central + 24..central + 28].copy_from_slice(&10_u32.to_le_bytes());
        let (done, written) = unzipped(&bomb, 1000);
        assert!(done.is_err());
        assert!(written <= 1001, "{written}");
    }

    #[test]
    fn a_file_outside_of_the_unit_is_refused() {
        let (done, written) = unzipped(&archive(&[("../../x", b"1")]), 1000);
        assert!(done.unwrap_err().contains("outside"));
        assert_eq!(written, 0);
    }
}

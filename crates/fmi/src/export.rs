//! Writes a unit: description, library, program, scenario and data in one archive.

use crate::description::{IDENTIFIER, model_description, page, terminals};
use crate::variables::variables;
use crate::wire::Kind;
use scenario::Loaded;
use simulation::Prepared;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The library inside a unit, which the build script has compiled.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/unit.library"));

/// Where the scenario lies among the resources.
pub const SCENARIO: &str = "scenario.toml";

/// Which version of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// FMI 2.0.
    Two,
    /// FMI 3.0.
    Three,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many inputs the unit has.
    pub inputs: usize,
    /// How many outputs.
    pub outputs: usize,
    /// Where it runs: the platform's name in the standard.
    pub platform: &'static str,
    /// Its size (bytes).
    pub bytes: u64,
}

/// Why there is no unit.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The platform has no name in the standard.
    #[error(
        "the standard has no name for this platform ({0}); units are made on Linux, \
         macOS and Windows, on x86-64 and ARM64"
    )]
    Platform(&'static str),
    /// A file cannot be read or written.
    #[error("{} cannot be {what}: {error}", path.display())]
    Io {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The archive cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: zip::result::ZipError,
    },
}

/// Writes a scenario as a unit to `to`, which appears when it is whole. `program` is this program,
/// which does the simulation inside the unit.
///
/// # Errors
/// If the platform is none of the standard's, or a file cannot be read or written.
pub fn export(
    loaded: &Loaded,
    prepared: &Prepared,
    standard: Standard,
    program: &Path,
    to: &Path,
) -> Result<Exported, ExportError> {
    let platform = platform(standard)?;
    let all = variables(prepared);
    let mut name = to.as_os_str().to_owned();
    name.push(".tmp");
    let unfinished = PathBuf::from(name);
    let io = |what, path: &Path| {
        let path = path.to_owned();
        move |error| ExportError::Io { what, path, error }
    };
    let file = File::create(&unfinished).map_err(io("created", &unfinished))?;
    let mut archive = Archive { zip: ZipWriter::new(BufWriter::new(file)), path: to };
    let mut write = || -> Result<(), ExportError> {
        archive.text("modelDescription.xml", &model_description(standard, prepared, &all))?;
        archive.text("documentation/index.html", &page(prepared, &all))?;
        if standard == Standard::Three {
            let name = "terminalsAndIcons/terminalsAndIcons.xml";
            archive.text(name, &terminals(prepared, &all))?;
        }
        let library = format!("binaries/{platform}/{IDENTIFIER}{}", std::env::consts::DLL_SUFFIX);
        archive.begin(&library, 0o755)?;
        archive.write(LIBRARY)?;
        archive.file("resources/gridflock", program, 0o755)?;
        // Data lie beside the scenario, numbered: two of them may have the same name.
        let place = |number: usize, path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("data/{number}-{name}")
        };
        let data: Vec<_> = loaded.inputs.iter().enumerate().collect();
        for (number, input) in &data {
            let name = format!("resources/{}", place(*number, &input.path));
            archive.file(&name, &input.path, 0o644)?;
        }
        let text = scenario::packed_toml(loaded, |input| {
            let at = data.iter().find(|(_, i)| *i == input).map_or(0, |(number, _)| *number);
            place(at, &input.path)
        });
        archive.text(&format!("resources/{SCENARIO}"), &text)
    };
    let written = write().and_then(|()| archive.finish());
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written?;
    std::fs::rename(&unfinished, to).map_err(io("written", to))?;
    let count = |of: &[Kind]| all.iter().filter(|v| of.contains(&v.kind())).count();
    Ok(Exported {
        inputs: count(&[Kind::Input, Kind::Notice]),
        outputs: count(&[Kind::Output]),
        platform,
        bytes: std::fs::metadata(to).map_err(io("read", to))?.len(),
    })
}

/// The folder of the library of this platform.
fn platform(standard: Standard) -> Result<&'static str, ExportError> {
    use std::env::consts::{ARCH, OS};
    let known = match (standard, OS, ARCH) {
        (Standard::Two, "linux", "x86_64") => "linux64",
        (Standard::Two, "macos", "x86_64") => "darwin64",
        (Standard::Two, "windows", "x86_64") => "win64",
        (Standard::Three, "linux", "x86_64") => "x86_64-linux",
        (Standard::Three, "macos", "x86_64") => "x86_64-darwin",
        (Standard::Three, "windows", "x86_64") => "x86_64-windows",
        (_, "linux", "aarch64") => "aarch64-linux",
        (_, "macos", "aarch64") => "aarch64-darwin",
        (_, "windows", "aarch64") => "aarch64-windows",
        _ => return Err(ExportError::Platform(OS)),
    };
    Ok(known)
}

/// An archive that is being written.
struct Archive<'a> {
    zip: ZipWriter<BufWriter<File>>,
    path: &'a Path,
}

impl Archive<'_> {
    fn begin(&mut self, name: &str, mode: u32) -> Result<(), ExportError> {
        // The least effort: most of it is the program, and what takes time is written at once.
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(1))
            // The same scenario gives the same bytes, whenever.
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(mode);
        let path = self.path.to_owned();
        self.zip.start_file(name, options).map_err(|error| ExportError::Zip { path, error })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.path.to_owned();
        let io = |error| ExportError::Io { what: "written", path, error };
        self.zip.write_all(bytes).map_err(io)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        self.begin(name, 0o644)?;
        self.write(text.as_bytes())
    }

    fn file(&mut self, name: &str, from: &Path, mode: u32) -> Result<(), ExportError> {
        let path = from.to_owned();
        let io = |error| ExportError::Io { what: "copied", path, error };
        self.begin(name, mode)?;
        let mut copy = || std::io::copy(&mut BufReader::new(File::open(from)?), &mut self.zip);
        copy().map(|_| ()).map_err(io)
    }

    fn finish(self) -> Result<(), ExportError> {
        let path = self.path.to_owned();
        let written = self.zip.finish().map_err(|error| ExportError::Zip { path, error });
        let path = self.path.to_owned();
        written?.flush().map_err(|error| ExportError::Io { what: "written", path, error })
    }
}

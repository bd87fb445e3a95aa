//! The program behind a unit: started from the unit's resources, spoken to over its two pipes.

use super::wire::{Answer, Request, receive, send};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Name of the program among the resources of a unit.
const PROGRAM: &str = "gridflock";

/// A running program.
pub struct Engine {
    child: Child,
    /// None once it has been told to end.
    to: Option<BufWriter<ChildStdin>>,
    from: BufReader<ChildStdout>,
}

/// Why there is no answer.
pub enum Trouble {
    /// The program refuses, and goes on.
    Refused(String),
    /// The program is gone.
    Gone(String),
}

impl Engine {
    /// Starts the program that lies among the resources.
    pub fn start(resources: &Path) -> Result<Self, String> {
        let program = resources.join(PROGRAM);
        let failed = |what: &str, e: std::io::Error| {
            format!(
                "{} cannot be {what}: {e}; unzip the unit whole, where programs may run",
                program.display()
            )
        };
        make_executable(&program).map_err(|e| failed("made a program", e))?;
        let mut command = Command::new(&program);
        command.args(["cosim", "fmu-server"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the master: it ends the unit in its own way.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|e| failed("started", e))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => {
                Ok(Self { child, to: Some(BufWriter::new(to)), from: BufReader::new(from) })
            }
            _ => Err(format!("{} has no pipes", program.display())),
        }
    }

    /// Asks for something.
    pub fn ask(&mut self, request: &Request) -> Result<Answer, Trouble> {
        // Writing to a process that is gone would end a master that leaves SIGPIPE as it is.
        if let Ok(Some(_)) = self.child.try_wait() {
            return Err(Trouble::Gone(self.epitaph("it ended")));
        }
        let Some(to) = &mut self.to else { return Err(Trouble::Gone("it has ended".to_owned())) };
        let answer = send(to, &request.bytes())
            .and_then(|()| receive(&mut self.from))
            .and_then(|frame| frame.map(|bytes| Answer::read(&bytes)).transpose());
        match answer {
            Ok(Some(Answer::Refused(why))) => Err(Trouble::Refused(why)),
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Trouble::Gone(self.epitaph("it ended"))),
            Err(e) => Err(Trouble::Gone(self.epitaph(&e.to_string()))),
        }
    }

    /// How the program ended.
    fn epitaph(&mut self, why: &str) -> String {
        self.to = None;
        let _ = self.child.kill();
        let how = self.child.wait().map_or_else(|e| e.to_string(), |status| status.to_string());
        format!(
            "the simulation's process is gone ({why}; {how}); what it said stands on the standard \
             error stream; start the unit anew"
        )
    }
}

impl Drop for Engine {
    /// The end of its input ends the program, which closes its tables first.
    fn drop(&mut self) {
        self.to = None;
        let _ = self.child.wait();
    }
}

/// Whoever unzips a unit may lose the mark of a program.
#[cfg(unix)]
fn make_executable(program: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(program)?.permissions();
    if permissions.mode() & 0o100 == 0 {
        permissions.set_mode(permissions.mode() | 0o700);
        std::fs::set_permissions(program, permissions)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(program: &Path) -> std::io::Result<()> {
    std::fs::metadata(program).map(|_| ())
}

/// The folder of the resources, which masters give as a path (FMI 3) or a URI (FMI 2).
pub fn folder(place: &str) -> Result<PathBuf, String> {
    let Some(rest) = place.strip_prefix("file:") else { return Ok(PathBuf::from(place)) };
    // file:///path, file://localhost/path, file:/path
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
    };
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let code = if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(|b| b.map(char::from));
            let value = |c: Option<char>| c.and_then(|c| c.to_digit(16));
            let [Some(high), Some(low)] = digits.map(value) else {
                return Err(format!("{place} is no URI of a folder"));
            };
            (high * 16 + low) as u8
        } else {
            byte
        };
        bytes.push(code);
    }
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| format!("{place} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::path::Path;

    #[test]
    fn resources_are_found_by_path_and_by_every_form_of_uri() {
        for place in [
            "/a b/resources",
            "file:///a%20b/resources",
            "file://localhost/a%20b/resources",
            "file:/a%20b/resources",
        ] {
            assert_eq!(folder(place).expect("a folder"), Path::new("/a b/resources"), "{place}");
        }
        assert!(folder("file:///a%2").is_err() && folder("file:///a%zz").is_err());
    }
}

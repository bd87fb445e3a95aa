//! The book in docs/: its list of pages, its links, its examples, and the pages made from the code.
//!
//! - A block of `sh` is run line by line, `python` as one program a page, `toml,file=NAME` and
//!   `csv,file=NAME` are written to files; all blocks of a page share one folder, in their order.
//! - `console`, `text`, `json` and blocks marked `,norun` are shown only.
//! - `UPDATE_BOOK=1 cargo test -p gridflock --test it book` writes the generated pages anew.

use crate::package;
use crate::partners::{python, skipped};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages_folder() -> PathBuf {
    root().join("docs/src")
}

/// Every Markdown file of the book, from docs/src.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![pages_folder()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the book is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                let text = std::fs::read_to_string(&path).expect("a page can be read");
                let name = path.strip_prefix(pages_folder()).expect("inside").to_owned();
                all.insert(name, text);
            }
        }
    }
    all
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// The names of a page's headings as a browser jumps to them.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut all, mut heading) = (BTreeSet::new(), None::<String>);
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(t) | Event::Code(t) => {
                if let Some(name) = heading.as_mut() {
                    name.push_str(&t);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = heading.take().expect("it began").to_lowercase();
                let kept = name.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                all.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
            }
            _ => {}
        }
    }
    all
}

#[test]
fn every_page_of_the_book_is_listed_and_every_link_holds() {
    let pages = pages();
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::from([PathBuf::from("SUMMARY.md")]);
    for (name, text) in &pages {
        let folder = pages_folder().join(name).parent().expect("a folder").to_owned();
        for event in parser(text) {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event
            else {
                continue;
            };
            if dest_url.starts_with("http") {
                continue;
            }
            let (file, anchor) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
            let target = if file.is_empty() { name.clone() } else { folder.join(file) };
            let target = if file.is_empty() { pages_folder().join(target) } else { target };
            let Ok(target) = target.canonicalize() else {
                wrong.push(format!("{}: {dest_url} leads nowhere", name.display()));
                continue;
            };
            let inside = target.strip_prefix(pages_folder().canonicalize().expect("it is there"));
            if name.as_os_str() == "SUMMARY.md" {
                listed.extend(inside.ok().map(Path::to_owned));
            }
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap_or_default();
                if !anchors(&text).contains(anchor) {
                    wrong.push(format!("{}: {dest_url} has no such heading", name.display()));
                }
            }
        }
    }
    let missing = pages.keys().filter(|p| !listed.contains(*p));
    wrong.extend(missing.map(|p| format!("{} is not in SUMMARY.md", p.display())));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_has_one_title_and_no_unknown_kind_of_block() {
    let mut wrong = Vec::new();
    for (name, text) in pages() {
        let titles = parser(&text).filter(
            |e| matches!(e, Event::Start(Tag::Heading { level, .. }) if *level == HeadingLevel::H1),
        );
        if titles.count() != 1 && name.as_os_str() != "SUMMARY.md" {
            wrong.push(format!("{}: not one title", name.display()));
        }
        for (info, _) in blocks(&text) {
            let kind = info.split(',').next().unwrap_or_default();
            let known = [
                "sh", "python", "toml", "csv", "sql", "console", "text", "json", "rust", "mermaid",
            ];
            if !known.contains(&kind) {
                wrong.push(format!("{}: a block of `{info}`", name.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The code blocks of a page: the words behind the fence, and the text.
fn blocks(text: &str) -> Vec<(String, String)> {
    let (mut all, mut open) = (Vec::new(), None::<(String, String)>);
    for event in parser(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = Some((info.to_string(), String::new()));
            }
            Event::Text(t) => {
                if let Some((_, code)) = open.as_mut() {
                    code.push_str(&t);
                }
            }
            Event::End(TagEnd::CodeBlock) => all.extend(open.take()),
            _ => {}
        }
    }
    all
}

/// Runs a page's blocks in a folder of their own; what went wrong.
fn try_page(name: &Path, text: &str, modules: Option<&Path>) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let program = Path::new(env!("CARGO_BIN_EXE_gridflock"));
    let bin = program.parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path)))
            .map_err(|e| e.to_string())?;
    let mut told = String::new();
    for (info, code) in blocks(text) {
        let words: Vec<&str> = info.split(',').collect();
        if words.contains(&"norun") {
            continue;
        }
        if let Some(file) = words.iter().find_map(|w| w.strip_prefix("file=")) {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().expect("a folder")).map_err(|e| e.to_string())?;
            std::fs::write(file, &code).map_err(|e| e.to_string())?;
            continue;
        }
        let mut command = match words[0] {
            "sh" => {
                let mut shell = Command::new("bash");
                shell.args(["-euo", "pipefail", "-c", &code]);
                shell
            }
            "python" => {
                let Ok(mut python) = python(modules) else { continue };
                // A block that brings the package begins anew.
                if code.contains("import gridflock as gf") {
                    told.clear();
                }
                python.args(["-c", &format!("{told}\n{code}")]);
                // A page is one program: what an earlier block defined stays defined.
                told = format!("{told}\n{code}");
                python
            }
            "sql" => {
                let Ok(mut python) = python(modules) else { continue };
                let run = "import duckdb, sys\nprint(duckdb.sql(sys.argv[1]))";
                python.args(["-c", run, code.trim()]);
                python
            }
            _ => continue,
        };
        let out = command
            .current_dir(folder.path())
            .env("PATH", &path)
            .output()
            .map_err(|e| e.to_string())?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr);
            return Err(format!("{}: this block failed:\n{code}\n{said}", name.display()));
        }
    }
    Ok(())
}

#[test]
fn every_example_of_the_book_runs() {
    let asks_python = |text: &str| {
        blocks(text).iter().any(|(info, _)| {
            (info.starts_with("python") || info.starts_with("sql")) && !info.contains("norun")
        })
    };
    let pages = pages();
    let modules = match python(None) {
        Ok(_) => Some(package::built().expect("the package is built")),
        Err(why) => {
            skipped(why);
            None
        }
    };
    let only = std::env::var("BOOK_PAGE").unwrap_or_default();
    let mut failures = Vec::new();
    for (name, text) in &pages {
        if !name.to_string_lossy().contains(&only) {
            continue;
        }
        let modules = modules.as_deref().filter(|_| asks_python(text));
        failures.extend(try_page(name, text, modules).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The schema of scenario files as a page.
fn keys_page() -> String {
    let schema = scenario::schema_json();
    let mut page = String::from(
        "# Keys of a scenario\n\nEvery key of `scenario.toml`, as `gridflock schema scenario` knows \
         it. `gridflock scenario show NAME` prints them with the values of a built-in scenario.\n",
    );
    let mut rows = Vec::new();
    collect_keys(&schema, "", &mut rows);
    // What stands at the top of a file comes first, under one heading.
    let (top, below): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(path, _)| !path.contains('.'));
    let mut section = None;
    for (path, row) in top.into_iter().chain(below) {
        let head = match path.split_once('.') {
            Some((head, _)) => head.trim_end_matches("[]").to_owned(),
            None => "The scenario itself".to_owned(),
        };
        if section.as_deref() != Some(head.as_str()) {
            let _ = write!(
                page,
                "\n## {head}\n\n| key | type | default | limits | unit | meaning |\n|---|---|---|---|---|---|\n"
            );
            section = Some(head);
        }
        let _ = writeln!(page, "| `{path}` | {row} |");
    }
    page
}

/// The leaves of a JSON schema with their dotted paths, in the schema's order.
fn collect_keys(at: &serde_json::Value, path: &str, rows: &mut Vec<(String, String)>) {
    let Some(properties) = at["properties"].as_object() else { return };
    for (name, value) in properties {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if value["properties"].is_object() {
            collect_keys(value, &key, rows);
        } else if value["items"]["properties"].is_object() {
            collect_keys(&value["items"], &format!("{key}[]"), rows);
        } else if value["additionalProperties"]["properties"].is_object() {
            collect_keys(&value["additionalProperties"], &format!("{key}.*"), rows);
        } else {
            rows.push((key, key_row(value)));
        }
    }
}

fn key_row(value: &serde_json::Value) -> String {
    let text = |v: &serde_json::Value| match v {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(s) => s.replace('|', "\\|").replace('\n', " "),
        other => other.to_string().replace('|', "\\|"),
    };
    let kind = match &value["enum"] {
        serde_json::Value::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(", "),
        _ => text(&value["type"]),
    };
    let limits: Vec<String> =
        [("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<")]
            .iter()
            .filter(|(name, _)| !value[*name].is_null())
            .map(|(name, sign)| format!("{sign} {}", text(&value[*name])))
            .collect();
    let unit = text(&value["x-unit"]);
    format!(
        "{kind} | {} | {} | {unit} | {}",
        text(&value["default"]),
        limits.join(", "),
        text(&value["description"])
    )
}

/// The tables and indicators, from output/README.md, which the schema keeps up to date.
fn tables_page() -> (String, String) {
    let page = std::fs::read_to_string(root().join("output/README.md")).expect("it is there");
    let (_, tables) = page.split_once("\n## Tables\n").expect("it lists tables");
    let (tables, indicators) = tables.split_once("\n## Indicators\n").expect("and indicators");
    let deeper = |text: &str| text.replace("\n### ", "\n## ");
    let tables = format!(
        "# Tables and columns\n\nWhat a run leaves, column by column; `gridflock schema tables` \
         prints the same as JSON. What the files have in common stands on the page about \
         [what a run leaves](../outputs.md).\n{}",
        deeper(tables)
    );
    let indicators = format!("# Indicators\n{}", deeper(indicators));
    (tables, indicators)
}

/// What a run leaves, without the listings that have pages of their own.
fn outputs_page() -> String {
    let page = std::fs::read_to_string(root().join("output/README.md")).expect("it is there");
    let (head, _) = page.split_once("\n## Tables\n").expect("it lists tables");
    format!(
        "{head}\nThe columns stand in [Tables and columns](reference/tables.md), the figures in \
         [Indicators](reference/indicators.md).\n"
    )
    .replace("```sql", "```sql,norun")
    .replace("```python", "```python,norun")
}

/// The messages of agents, from the comments of their declaration.
fn messages_page() -> String {
    let mut page = String::from(
        "# Messages\n\nWhat agents say to each other. A *message* stays inside a zone, a *letter* \
         crosses zones and takes at least the latency that the scenario gives it. Physics (plugging \
         in, delivery, unplugging) has no message.\n",
    );
    let source =
        std::fs::read_to_string(root().join("crates/agents/src/message.rs")).expect("it is there");
    let enums = [
        ("ZoneEvent", "To a zone as a whole"),
        ("ToUser", "To an EV"),
        ("ToAggregator", "To its aggregator"),
        ("Due", "What an aggregator has set itself to do"),
        ("CentreTimer", "What the agents of the centre have set themselves to do"),
        ("Letter", "Letters between zones"),
    ];
    for (name, title) in enums {
        let start = source.find(&format!("pub enum {name} {{")).expect("the enum is declared");
        let body = &source[start..];
        let body = &body[..body.find("\n}").expect("it ends")];
        let _ = write!(page, "\n## {title}\n");
        let (mut doc, mut table) = (String::new(), false);
        for line in body.lines().skip(1).map(str::trim) {
            if let Some(heading) = line.strip_prefix("// ") {
                let _ = write!(page, "\n**{}**\n", heading.trim_end_matches('.'));
                table = false;
            } else if let Some(text) = line.strip_prefix("/// ") {
                doc = if doc.is_empty() { text.to_owned() } else { format!("{doc} {text}") };
            } else if line.starts_with(|c: char| c.is_ascii_uppercase()) && !doc.is_empty() {
                let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
                if !table {
                    page.push_str("\n| name | says |\n|---|---|\n");
                    table = true;
                }
                let _ = writeln!(page, "| `{name}` | {} |", doc.replace('|', "\\|"));
                doc.clear();
            }
        }
    }
    page
}

#[test]
fn the_pages_made_from_the_code_are_up_to_date() {
    let (tables, indicators) = tables_page();
    let made = [
        ("outputs.md", outputs_page()),
        ("reference/keys.md", keys_page()),
        ("reference/tables.md", tables),
        ("reference/indicators.md", indicators),
        ("reference/messages.md", messages_page()),
    ];
    for (name, wanted) in made {
        let path = pages_folder().join(name);
        if std::env::var_os("UPDATE_BOOK").is_some() {
            std::fs::write(&path, &wanted).expect("the page can be written");
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(page == wanted, "docs/src/{name} is out of date: run the tests with UPDATE_BOOK=1");
    }
}

//! What the page shows at an instant, in parts: whoever looks gets those that are new to them.

use serde_json::Value;
use std::sync::Arc;

/// The state of a page. It replaces the one before; nobody has to see all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    parts: Vec<Part>,
    /// Whether nothing comes after it.
    pub last: bool,
}

/// A part with its version.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Name of the event.
    pub name: &'static str,
    /// It is made anew when this changes.
    pub version: u64,
    /// What the page gets.
    pub json: Arc<str>,
}

impl Frame {
    /// A frame without parts.
    pub fn new(last: bool) -> Self {
        Self { parts: Vec::new(), last }
    }

    /// The frame after `before`: parts whose version is still the same are taken over.
    pub fn add(
        &mut self,
        before: &Self,
        name: &'static str,
        version: u64,
        make: impl FnOnce() -> Value,
    ) {
        let known = before.parts.iter().find(|p| p.name == name && p.version == version);
        let json = known.map_or_else(|| make().to_string().into(), |p| p.json.clone());
        self.parts.push(Part { name, version, json });
    }

    /// All parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether it shows the same as another one.
    pub fn is_as(&self, other: &Self) -> bool {
        let versions = |f: &Self| f.parts.iter().map(|p| (p.name, p.version)).collect::<Vec<_>>();
        self.last == other.last && versions(self) == versions(other)
    }
}

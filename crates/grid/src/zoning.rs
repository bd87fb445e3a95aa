//! A division into zones while it is searched: what a change of a few cuts does to the objective is
//! worked out from the zones that it touches, so that a pass over all edges is near-linear in the
//! number of buses.

use crate::cut_sets::Cuts;

/// What a zone contributes to the objective.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ZoneFigures {
    /// Buses.
    pub size: usize,
    /// Weight of its edges.
    pub inside: f64,
    /// Sum of the weights at its vertices.
    pub degree: f64,
    /// Coverage `C_d / R_d`.
    pub coverage: f64,
    /// Normalised mean base load while EVs are plugged in, `P_p,d`.
    pub dwell_load: f64,
    /// `P_eq,d` \[kW\] (P0 eq. 19).
    pub surplus_kw: f64,
}

/// A division with the figures of each of its zones.
pub(crate) struct Zoning<'a, F> {
    parent: &'a [Option<usize>],
    cuts: Cuts,
    /// Zone of each vertex.
    zone: Vec<usize>,
    /// Vertices of each zone, rising; emptied zones have none.
    members: Vec<Vec<usize>>,
    figures: Vec<ZoneFigures>,
    of_zone: F,
}

/// What a change makes of the zones that it touches.
struct Change {
    touched: Vec<usize>,
    made: Vec<(Vec<usize>, ZoneFigures)>,
}

impl<'a, F: Fn(&[usize], &Cuts) -> ZoneFigures> Zoning<'a, F> {
    /// The zones of a cut set; `of_zone` gives the figures of some vertices that are joined.
    pub fn new(parent: &'a [Option<usize>], cuts: Cuts, of_zone: F) -> Self {
        let zone = crate::cut_sets::parts(parent, &cuts);
        let count = zone.iter().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); count];
        for (v, &z) in zone.iter().enumerate() {
            members[z].push(v);
        }
        let figures = members.iter().map(|m| of_zone(m, &cuts)).collect();
        Self { parent, cuts, zone, members, figures, of_zone }
    }

    /// Figures of all zones.
    pub fn figures(&self) -> Vec<ZoneFigures> {
        self.figures.iter().filter(|f| f.size > 0).copied().collect()
    }

    /// Improves by single flips of edges and by shifts of a cut to an edge that shares a vertex,
    /// each made as soon as it helps, until a pass finds none.
    pub fn descend(&mut self, cost: &impl Fn(&[ZoneFigures]) -> f64) -> f64 {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.parent.len()];
        for (v, above) in self.parent.iter().enumerate() {
            if let Some(above) = *above {
                children[above].push(v);
            }
        }
        let mut now = cost(&self.figures());
        // Each pass improves; the bound only guards against endless trifles.
        for _ in 0..100 {
            let before = now;
            for v in 0..self.parent.len() {
                let Some(above) = self.parent[v] else { continue };
                self.consider(&[v], &mut now, cost);
                if !self.cuts[v] {
                    continue;
                }
                let beside = children[v].iter().chain(&children[above]).copied();
                let near: Vec<usize> =
                    beside.chain(self.parent[above].map(|_| above)).filter(|&e| e != v).collect();
                for e in near {
                    if self.cuts[v] && !self.cuts[e] {
                        self.consider(&[v, e], &mut now, cost);
                    }
                }
            }
            if now >= before {
                break;
            }
        }
        now
    }

    /// The cut set as it is.
    pub fn into_cuts(self) -> Cuts {
        self.cuts
    }

    fn consider(&mut self, flip: &[usize], now: &mut f64, cost: &impl Fn(&[ZoneFigures]) -> f64) {
        let change = self.change(flip);
        let others = (0..self.figures.len())
            .filter(|z| !change.touched.contains(z) && self.figures[*z].size > 0)
            .map(|z| self.figures[z]);
        let then: Vec<ZoneFigures> = others.chain(change.made.iter().map(|m| m.1)).collect();
        let value = cost(&then);
        if value < *now - 1e-12 {
            *now = value;
            self.apply(flip, change);
        }
    }

    fn change(&mut self, flip: &[usize]) -> Change {
        let mut touched: Vec<usize> = flip
            .iter()
            .flat_map(|&v| [Some(v), self.parent[v]])
            .flatten()
            .map(|v| self.zone[v])
            .collect();
        touched.sort_unstable();
        touched.dedup();
        let mut vertices: Vec<usize> =
            touched.iter().flat_map(|&z| self.members[z].iter().copied()).collect();
        vertices.sort_unstable();
        for &v in flip {
            self.cuts[v] = !self.cuts[v];
        }
        // Every vertex comes after its parent.
        let mut part: Vec<usize> = Vec::with_capacity(vertices.len());
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for &v in &vertices {
            let above = self.parent[v].filter(|_| !self.cuts[v]);
            let at = above.and_then(|a| vertices.binary_search(&a).ok()).map(|at| part[at]);
            let at = at.unwrap_or_else(|| {
                parts.push(Vec::new());
                parts.len() - 1
            });
            parts[at].push(v);
            part.push(at);
        }
        let made = parts.into_iter().map(|m| ((self.of_zone)(&m, &self.cuts), m));
        let made = made.map(|(figures, members)| (members, figures)).collect();
        for &v in flip {
            self.cuts[v] = !self.cuts[v];
        }
        Change { touched, made }
    }

    fn apply(&mut self, flip: &[usize], change: Change) {
        for &v in flip {
            self.cuts[v] = !self.cuts[v];
        }
        let mut free = change.touched;
        for &z in &free {
            self.members[z].clear();
            self.figures[z] = ZoneFigures::default();
        }
        for (members, figures) in change.made {
            let at = free.pop().unwrap_or_else(|| {
                self.members.push(Vec::new());
                self.figures.push(ZoneFigures::default());
                self.members.len() - 1
            });
            for &v in &members {
                self.zone[v] = at;
            }
            (self.members[at], self.figures[at]) = (members, figures);
        }
    }
}

// The page of a run.
const SOURCES = [["pv", "PV", COLOURS.pv], ["wind", "wind", COLOURS.wind], ["fuel", "turbine, diesel", COLOURS.fuel],
  ["battery", "battery", COLOURS.battery], ["discharge", "EVs, discharging", COLOURS.discharge], ["grid", "grid, import", COLOURS.grid]];
const PRICES = [["grid", "grid", COLOURS.ink, true], ["reservation", "reservation", COLOURS.charge], ["discharge", "discharge", COLOURS.discharge],
  ["ticket", "ticket", COLOURS.battery], ["ev", "published for EVs", COLOURS.wind], ["real", "real", COLOURS.alarm]];
const CURRENCY = document.body.dataset.currency;
let paused = false;

async function ask(what) {
  try {
    const answer = await fetch("control", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what) });
    if (!answer.ok) say("That was refused: " + ((await answer.json().catch(() => ({}))).error || answer.status), true);
    else if (at("said").classList.contains("alarm")) say("");
  } catch { if (!over) say("The program does not answer.", true); }
}
at("go").addEventListener("click", () => ask({ do: paused ? "go" : "pause" }));
at("step").addEventListener("click", () => ask(at("span").value ? { do: "step", minutes: Number(at("span").value) } : { do: "step" }));
const setPace = () => { const times = Number(at("times").value); if (times > 0) ask({ do: "pace", times }); };
at("pace").addEventListener("click", setPace);
at("times").addEventListener("keydown", (e) => { if (e.key === "Enter") setPace(); });
at("full").addEventListener("click", () => { at("times").value = ""; ask({ do: "pace" }); });

let pace;
function clock(c) {
  at("clock").textContent = "day " + c.clock;
  at("share").value = c.share;
  const speed = c.pace === null ? "full speed" : `${figure(c.pace)} times real time`;
  at("mode").textContent = c.mode === "going" ? speed : `${c.mode}, ${speed}`;
  if (pace !== c.pace && document.activeElement !== at("times")) at("times").value = c.pace === null ? "" : c.pace;
  pace = c.pace;
  const was = paused;
  paused = c.mode === "paused";
  at("go").textContent = paused ? "go on" : "pause";
  if (c.ending) { gone(); over = true; say(c.ending, c.ending.includes("failed")); }
  else if (paused && !was) say(`Paused at day ${c.clock}.`);
  else if (!paused && was) say("");
}

function powers(p) {
  draw("powers", () => {
    const x = p.hours.length ? [...p.hours, p.hours[p.hours.length - 1] + p.period_h] : [];
    const value = (name) => name === "battery" ? p.battery.map((v) => Math.max(0, -v)) : name === "grid" ? p.grid.map((v) => Math.max(0, v)) : p[name];
    const shown = SOURCES.filter(([name]) => value(name).some((v) => v > 0));
    let floor = p.hours.map(() => 0);
    const areas = shown.map(([name, , colour]) => {
      const low = floor, high = value(name).map((v, i) => low[i] + v);
      floor = high;
      return { low, high, colour };
    });
    const both = p.load.map((v, i) => v + p.charge[i]);
    const lines = [{ values: p.load, colour: COLOURS.ink }, { values: both, colour: COLOURS.charge }];
    plot(at("powers"), { x, areas, lines, clock: true });
    legend("powers-legend", [...shown.map(([, name, colour]) => [name, colour]), ["load", COLOURS.ink], ["load and charging", COLOURS.charge]]);
    const names = ["load", "charge", "discharge", "pv", "wind", "fuel", "battery", "grid", "curtailed"];
    const last = p.hours.length - 1;
    if (last >= 0) at("powers").setAttribute("aria-label", `Load and sources. Last period, ${clockOf(p.hours[last])}: ` + names.map((n) => `${n} ${figure(p[n][last])} kW`).join(", "));
    fill(at("powers-table"), ["period", ...names.map((n) => n + " [kW]")], p.hours.map((h, i) => [clockOf(h), ...names.map((n) => figure(p[n][i]))]).slice(-12).reverse());
  });
}

function prices(p) {
  draw("prices", () => {
    const x = p.hours.length ? [...p.hours, p.hours[p.hours.length - 1] + p.period_h] : [];
    const shown = PRICES.filter(([name]) => p[name].some((v) => v !== null));
    plot(at("prices"), { x, areas: [], lines: shown.map(([name, , colour, dash]) => ({ values: p[name], colour, dash })), clock: true });
    legend("prices-legend", shown.map(([, name, colour]) => [name, colour]));
    const last = p.hours.length - 1;
    if (last >= 0) at("prices").setAttribute("aria-label", "Prices. " + shown.map(([name, words]) => `${words} ${figure(p[name].findLast((v) => v !== null))} ${CURRENCY}/kWh`).join(", "));
    fill(at("prices-table"), ["period", ...shown.map(([, name]) => name)], p.hours.map((h, i) => [clockOf(h), ...shown.map(([name]) => figure(p[name][i]))]).slice(-12).reverse());
  });
}

function counts(c) {
  draw("counts", () => {
    const groups = c.groups.map((g) => [g.name, g.rows.map(([words, n]) => [words, figure(n)])]);
    if (c.money.length) groups.push([`Money moved [${CURRENCY}]`, c.money.map(([words, x]) => [words, figure(x)])]);
    at("counts").replaceChildren(...groups.map(([name, rows]) => {
      const box = htmlOf("div"), list = htmlOf("dl");
      for (const [words, n] of rows) list.append(htmlOf("dt", words), htmlOf("dd", n));
      box.append(htmlOf("h3", name), list);
      return box;
    }));
    if (!groups.length) at("counts").textContent = "nothing yet";
  });
}

const COLUMNS = [["p_kw", "net [kW]"], ["load_kw", "load [kW]"], ["ev_kw", "EVs [kW]"], ["plugged", "plugged in"], ["reserved_kw", "reserved [kW]"],
  ["up_kw", "more possible [kW]"], ["down_kw", "less possible [kW]"], ["price", `price [${CURRENCY}/kWh]`], ["bookings", "bookings"], ["breaches", "breaches"],
  ["tickets", "tickets"], ["target_kw", "target [kW]"], ["delivered_kw", "delivered [kW]"], ["least_pu", "least voltage [p.u.]"]];
function zones(z) {
  draw("zones", () => {
    const some = (key) => z.some((zone) => zone[key] !== null && zone[key] !== 0);
    const shown = COLUMNS.filter(([key]) => some(key) && (key !== "delivered_kw" || some("target_kw")));
    fill(at("zones"), ["zone", ...shown.map(([, words]) => words)], z.map((zone) => [zone.zone, ...shown.map(([key]) => figure(zone[key]))]));
  });
}

// A bus whose voltage is outside of its limits, and a branch beyond its rating, are marked.
function map(m) {
  draw("map", () => {
    at("map-part").hidden = false;
    const svg = at("map"), columns = Math.max(...m.buses.map((b) => b.x)) + 1, rows = Math.max(...m.buses.map((b) => b.y)) + 1;
    const step = Math.max(24, Math.min(56, 1180 / columns)), tall = 46;
    svg.setAttribute("viewBox", `0 0 ${columns * step + 20} ${rows * tall + 10}`);
    svg.style.maxHeight = `${Math.max(160, rows * tall + 10)}px`;
    const place = (b) => [b.x * step + step / 2 + 6, b.y * tall + 20];
    const most = Math.max(1e-9, ...m.branches.map((b) => b.a || 0));
    const parts = m.branches.map((b) => {
      const [x1, y1] = place(m.buses[b.from]), [x2, y2] = place(m.buses[b.to]);
      const beyond = b.rating_a !== null && b.a > b.rating_a;
      const path = svgOf("path", { d: `M${x1} ${y1}V${y2}H${x2}`, fill: "none", stroke: beyond ? COLOURS.alarm : "var(--ink)", opacity: 0.75, "stroke-width": (1 + 6 * (b.a || 0) / most).toFixed(2),
        "stroke-dasharray": m.buses[b.from].zone !== m.buses[b.to].zone ? "5 4" : "none" });
      path.append(svgOf("title", {}, `${m.buses[b.from].id} to ${m.buses[b.to].id}: ${figure(b.a)} A` + (b.rating_a === null ? "" : ` of ${figure(b.rating_a)} A`)));
      return path;
    });
    let worst = null;
    for (const b of m.buses) {
      const [x, y] = place(b), bad = b.v !== null && (b.v < b.least || b.v > b.most);
      if (b.v !== null && (worst === null || b.v < worst.v)) worst = b;
      const fill = b.zone ? ZONES[(b.zone - 1) % ZONES.length] : "var(--ink)", r = Math.min(10, step / 3);
      const dot = b.zone ? svgOf("circle", { cx: x, cy: y, r, fill }) : svgOf("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, fill });
      if (bad) { dot.style.stroke = COLOURS.alarm; dot.style.strokeWidth = 4; }
      dot.append(svgOf("title", {}, `bus ${b.id}, zone ${b.zone}: ${figure(b.v)} p.u., ${figure(b.p_kw)} kW`));
      parts.push(dot, svgOf("text", { x, y: y + r + 11, "text-anchor": "middle", class: "small" }, b.v === null ? String(b.id) : b.v.toFixed(3)));
    }
    svg.replaceChildren(...parts);
    const words = worst ? `Lowest voltage ${figure(worst.v)} p.u. at bus ${worst.id}, zone ${worst.zone}; widest branch ${figure(most)} A.` : "No power flow yet.";
    at("map-note").textContent = "Colours are zones, the square is the substation, the wider a branch the more current; broken lines join zones, marked ones are beyond a limit. " + words;
    svg.setAttribute("aria-label", "The feeder. " + words);
  });
}

// Facts, latest first.
const MOST = 400;
let rows = [], held = false, missed = 0;
const idButton = (ev) => {
  const button = htmlOf("button", String(ev), "id");
  button.type = "button";
  button.setAttribute("aria-label", `tell the story of EV ${ev}`);
  button.addEventListener("click", () => { at("ev").value = ev; tell(ev); });
  return button;
};
function facts(f) {
  missed += Math.max(0, f.new - f.rows.length);
  rows = [...f.rows.reverse(), ...rows].slice(0, MOST);
  if (!held) showFacts();
}
function showFacts() {
  draw("facts", () => {
    at("facts").tBodies[0].replaceChildren(...rows.map((f) => {
      const tr = htmlOf("tr");
      const ev = htmlOf("td");
      if (f.ev !== null) ev.append(idButton(f.ev));
      tr.append(htmlOf("td", f.t), htmlOf("td", f.what), htmlOf("td", f.zone === null ? "" : f.zone), ev, htmlOf("td", f.rest));
      return tr;
    }));
    const query = at("query").value.trim();
    at("facts-note").textContent = rows.length === 0 ? (query ? `No fact among those kept answers \u201c${query}\u201d.` : "Nothing yet.")
      : `The last ${rows.length}${query ? ` that answer \u201c${query}\u201d` : ""}${held ? ", held still" : ""}.` + (missed && !query ? ` ${figure(missed)} others went by too fast to be shown; the tables have all.` : "");
  });
}
at("hold").addEventListener("click", () => {
  held = !held;
  at("hold").setAttribute("aria-pressed", String(held));
  showFacts();
});

// One EV's story.
let whose = null;
async function tell(ev) {
  whose = ev;
  try {
    const answer = await fetch(`ev/${ev}`), told = await answer.json();
    if (whose !== ev) return;
    if (!answer.ok) { at("story-note").textContent = told.error; at("story").replaceChildren(); whose = null; return; }
    const note = `EV ${ev}: ${told.rows.length} facts` + (told.cut ? "; earlier ones were forgotten, the tables have all." : " so far.");
    if (at("story-note").textContent !== note) at("story-note").textContent = note;
    at("story").replaceChildren(...told.rows.map((f) => {
      const li = htmlOf("li");
      li.append(htmlOf("time", f.t), `${f.what}${f.zone === null ? "" : `, zone ${f.zone}`}${f.rest ? `: ${f.rest}` : ""}`);
      return li;
    }));
  } catch { if (!over) at("story-note").textContent = "The program does not answer."; }
}
at("whose").addEventListener("submit", (e) => {
  e.preventDefault();
  const ev = Number(at("ev").value);
  if (Number.isInteger(ev) && ev > 0) tell(ev);
  else at("story-note").textContent = `Give a number from 1 to ${at("ev").max}.`;
});
setInterval(() => { if (whose !== null && !over) tell(whose); }, 2000);

const handlers = { clock, powers, prices, counts, zones, map, facts };
let stop = listen("", handlers);
at("search").addEventListener("submit", (e) => {
  e.preventDefault();
  if (over) return;
  stop();
  rows = [];
  missed = 0;
  stop = listen(at("query").value.trim(), handlers);
});

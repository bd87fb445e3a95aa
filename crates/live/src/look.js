"use strict";
// What both pages use: drawing, tables, and the stream of events.
const COLOURS = { ink: "var(--ink)", pv: "#e0c000", wind: "#56b4e9", grid: "#0072b2", fuel: "#e69f00",
  battery: "#cc79a7", charge: "#009e73", discharge: "#9467bd", alarm: "#d55e00", muted: "#999999" };
const ZONES = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#bab0ac"];
const at = (id) => document.getElementById(id);
const svgOf = (name, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const htmlOf = (name, text, kind) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
// A figure with as many digits as carry meaning.
const figure = (x) => {
  if (x === null || x === undefined || !isFinite(x)) return "\u2013";
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e15 || size >= 1000) return Math.round(x).toLocaleString("en-GB").replaceAll(",", "\u202f");
  if (size >= 10) return x.toFixed(1);
  return size >= 0.001 || size === 0 ? x.toFixed(3) : x.toExponential(2);
};
const clockOf = (hours) => {
  const minutes = Math.round(hours * 60), day = Math.floor(minutes / 1440), rest = minutes - day * 1440;
  return `${day + 1} ${String(Math.floor(rest / 60)).padStart(2, "0")}:${String(rest % 60).padStart(2, "0")}`;
};
// Round steps that divide a width into about so many.
const ticks = (low, high, about) => {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((d) => d * power >= rough) * power;
  const all = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) all.push(k * step);
  return all;
};
const hourTicks = (low, high, about) => {
  const step = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48].find((h) => h >= (high - low) / about) || 96;
  const all = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) all.push(k * step);
  return all;
};
// A plot: areas [{low, high}] and lines over x; `clock` tells that x is hours.
function plot(svg, { x, areas, lines, clock, label }) {
  const width = svg.clientWidth || 600, height = svg.clientHeight || 250;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  let low = Infinity, high = -Infinity;
  const hold = (v) => { if (v !== null && isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); } };
  areas.forEach((a) => { a.low.forEach(hold); a.high.forEach(hold); });
  lines.forEach((l) => l.values.forEach(hold));
  if (!(low <= high) || x.length < 2) { svg.replaceChildren(svgOf("text", { x: 8, y: 20 }, "nothing yet")); return; }
  if (low > 0 && low < 0.4 * high) low = 0;
  if (low === high) { low -= 1; high += 1; }
  const pad = 0.04 * (high - low);
  high += pad; if (low !== 0) low -= pad;
  const left = 52, right = 8, top = 8, bottom = 34, first = x[0], last = x[x.length - 1];
  const px = (v) => left + (v - first) / (last - first) * (width - left - right);
  const py = (v) => height - bottom - (v - low) / (high - low) * (height - top - bottom);
  const parts = [];
  for (const v of ticks(low, high, 5)) {
    parts.push(svgOf("line", { x1: left, x2: width - right, y1: py(v), y2: py(v), class: "rule" }));
    parts.push(svgOf("text", { x: left - 5, y: py(v) + 4, "text-anchor": "end" }, Number(v.toPrecision(6)).toString()));
  }
  const room = Math.max(2, Math.floor(width / 90));
  for (const v of clock ? hourTicks(first, last, room) : ticks(first, last, room)) {
    parts.push(svgOf("line", { x1: px(v), x2: px(v), y1: top, y2: height - bottom, class: "rule" }));
    parts.push(svgOf("text", { x: px(v), y: height - bottom + 14, "text-anchor": px(v) > width - 36 ? "end" : "middle" }, clock ? clockOf(v) : Number(v.toPrecision(6)).toString()));
  }
  parts.push(svgOf("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }, label || "local time [day hh:mm]"));
  const stairs = (values, back) => {
    const points = [];
    for (let i = 0; i + 1 < x.length; i++) if (values[i] !== null) points.push(`${px(x[i]).toFixed(1)} ${py(values[i]).toFixed(1)}`, `${px(x[i + 1]).toFixed(1)} ${py(values[i]).toFixed(1)}`);
    return back ? points.reverse() : points;
  };
  for (const a of areas) parts.push(svgOf("path", { d: `M${stairs(a.high).join("L")}L${stairs(a.low, true).join("L")}Z`, fill: a.colour, stroke: "none", opacity: a.opacity || 0.85 }));
  for (const l of lines) {
    let d = "", broken = true;
    for (let i = 0; i + (l.smooth ? 0 : 1) < x.length; i++) {
      const v = l.values[i];
      if (v === null || !isFinite(v)) { broken = true; continue; }
      d += `${broken ? "M" : "L"}${px(x[i]).toFixed(1)} ${py(v).toFixed(1)}`;
      if (!l.smooth) d += `L${px(x[i + 1]).toFixed(1)} ${py(v).toFixed(1)}`;
      broken = false;
    }
    parts.push(svgOf("path", { d, fill: "none", stroke: l.colour, "stroke-width": 2, "stroke-dasharray": l.dash ? "6 4" : "none" }));
  }
  if (l0(low, high)) parts.push(svgOf("line", { x1: left, x2: width - right, y1: py(0), y2: py(0), class: "ink" }));
  svg.replaceChildren(...parts);
}
const l0 = (low, high) => low < 0 && high > 0;
function legend(id, entries) {
  at(id).replaceChildren(...entries.map(([name, colour]) => {
    const entry = htmlOf("span"), mark = htmlOf("i");
    mark.style.background = colour;
    entry.append(mark, name);
    return entry;
  }));
}
function fill(table, head, rows) {
  const numbers = (row, kind) => row.map((cell, i) => htmlOf(kind, cell, i ? "n" : ""));
  const line = (cells) => { const tr = htmlOf("tr"); tr.append(...cells); return tr; };
  const top = htmlOf("thead"), body = htmlOf("tbody");
  top.append(line(numbers(head, "th")));
  body.append(...rows.map((row) => line(numbers(row, "td"))));
  table.replaceChildren(...[...table.children].filter((c) => c.tagName === "CAPTION"), top, body);
}
function say(text, alarm) {
  const said = at("said");
  if (said.textContent !== text) said.textContent = text;
  said.classList.toggle("alarm", Boolean(alarm));
}
// Draws at most once a frame, and again when the window changes.
const drawings = new Map();
let due = false;
function draw(name, f) {
  if (f) drawings.set(name, { f, fresh: true });
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    for (const d of drawings.values()) if (d.fresh) { d.fresh = false; d.f(); }
  });
}
addEventListener("resize", () => { for (const d of drawings.values()) d.fresh = true; draw(); });
// The stream of events; `handlers` by name of the event. Gives a function that ends it.
let over = false;
function listen(query, handlers) {
  const source = new EventSource("stream" + (query ? "?q=" + encodeURIComponent(query) : ""));
  let lost = 0;
  for (const [name, f] of Object.entries(handlers)) source.addEventListener(name, (e) => { lost = 0; f(JSON.parse(e.data)); });
  source.addEventListener("end", () => { over = true; source.close(); });
  source.addEventListener("error", () => {
    if (over) return;
    lost += 1;
    if (lost > 3 || source.readyState === EventSource.CLOSED) { source.close(); over = true; gone(); say("The program has gone; what is shown is the last that was heard of it.", true); }
    else say("No connection; trying again.", true);
  });
  source.addEventListener("open", () => { if (!over && at("said").classList.contains("alarm")) say(""); });
  return () => source.close();
}
function gone() { for (const control of document.querySelectorAll("button, select, input:not([type=search])")) control.disabled = true; }

// The page of a study.
const duration = (s) => s === null ? "" : s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
function state(s) {
  at("runs").textContent = `${figure(s.finished)} of ${figure(s.runs)} runs`;
  at("share").value = s.runs ? s.finished / s.runs : 0;
  const left = s.remaining_s === null || s.finished >= s.runs ? "" : `, about ${duration(s.remaining_s)} left`;
  at("mode").textContent = `${s.failed ? `${figure(s.failed)} failed, ` : ""}${duration(s.elapsed_s)} gone${left}`;
  if (s.ending) { over = true; say(s.ending, s.ending.includes("failed")); }
}
let all = [], chosen = null;
const keyOf = (i) => `${i.name}, ${i.of}`;
// A small picture of how an interval narrowed: its ends and its middle over the number of runs.
function spark(steps) {
  const svg = svgOf("svg", { viewBox: "0 0 120 22", "aria-hidden": "true" });
  if (steps.length < 2) return svg;
  const first = steps[0][0], last = steps[steps.length - 1][0];
  const low = Math.min(...steps.map((s) => s[1])), high = Math.max(...steps.map((s) => s[3]));
  const px = (n) => (n - first) / (last - first) * 118 + 1, py = (v) => 20 - (v - low) / (high - low || 1) * 18;
  const line = (k) => steps.map((s) => `${px(s[0]).toFixed(1)} ${py(s[k]).toFixed(1)}`);
  svg.append(svgOf("path", { d: `M${line(3).join("L")}L${line(1).reverse().join("L")}Z`, fill: COLOURS.wind, opacity: 0.4 }));
  svg.append(svgOf("path", { d: `M${line(2).join("L")}`, fill: "none", stroke: COLOURS.alarm, "stroke-width": 1.5 }));
  if (low < 0 && high > 0) svg.append(svgOf("line", { x1: 1, x2: 119, y1: py(0), y2: py(0), class: "ink" }));
  return svg;
}
function intervals(list) { all = list; show(); }
function show() {
  draw("intervals", () => {
    const words = at("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = all.filter((i) => words.every((w) => keyOf(i).toLowerCase().includes(w)));
    if (chosen === null && shown.length) chosen = keyOf(shown[0]);
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : undefined;
    at("intervals").tBodies[0].replaceChildren(...shown.map((i) => {
      const tr = htmlOf("tr"), name = htmlOf("td"), button = htmlOf("button", i.name, "id"), picture = htmlOf("td");
      button.type = "button";
      button.dataset.key = keyOf(i);
      button.setAttribute("aria-pressed", String(keyOf(i) === chosen));
      button.addEventListener("click", () => { chosen = keyOf(i); show(); });
      name.append(button);
      picture.append(spark(i.steps));
      tr.append(name, htmlOf("td", i.of), htmlOf("td", figure(i.n), "n"), htmlOf("td", figure(i.low), "n"), htmlOf("td", figure(i.middle), "n"), htmlOf("td", figure(i.high), "n"), htmlOf("td", i.unit === "1" ? "" : i.unit), picture);
      return tr;
    }));
    if (focused !== undefined) { const again = [...document.querySelectorAll("button[data-key]")].find((b) => b.dataset.key === focused); if (again) again.focus(); }
    one();
  });
}
function one() {
  const i = all.find((i) => keyOf(i) === chosen);
  if (!i) return;
  const column = (k) => i.steps.map((s) => s[k]);
  plot(at("one"), { x: column(0), areas: [], label: "runs", lines: [
    { values: column(1), colour: COLOURS.wind, smooth: true }, { values: column(3), colour: COLOURS.wind, smooth: true }, { values: column(2), colour: COLOURS.alarm, smooth: true }] });
  at("one-note").textContent = `${i.name}, ${i.of}: ${figure(i.middle)}${i.unit === "1" ? "" : " " + i.unit}, between ${figure(i.low)} and ${figure(i.high)} after ${figure(i.n)} runs.`;
}
at("search").addEventListener("submit", (e) => e.preventDefault());
at("query").addEventListener("input", show);
listen("", { state, intervals });

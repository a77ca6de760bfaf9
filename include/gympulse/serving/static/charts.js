import { el } from "./dom.js";
import { shortened } from "./format.js";

/* Okabe and Ito's colours, which the colour-blind tell apart; darkened where white would swallow
   them, lightened on dark. Lines differ by marker, too. */
const COLOURS = {
  light: ["#0072b2", "#d55e00", "#008a64", "#b4588f", "#a67400", "#3193cd", "#5b6470"],
  dark: ["#56b4e9", "#f0883e", "#2fc498", "#e29cc4", "#f0c24b", "#8ecbf2", "#a7b1bd"],
};
const SCALES = {
  light: [
    [0, "#f1f5f9"],
    [0.25, "#b5d4ea"],
    [0.5, "#5fa5d3"],
    [0.75, "#1f6fae"],
    [1, "#08306b"],
  ],
  dark: [
    [0, "#18222e"],
    [0.25, "#1b4a75"],
    [0.5, "#2a7fb8"],
    [0.75, "#6cbfec"],
    [1, "#e3f4ff"],
  ],
};
const MARKERS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star"];
const CONFIG = { displayModeBar: false, responsive: true };
const NARROW_PX = 480;
const waiting = [];
const drawn = [];

/**
 * A chart with words for those who do not see it.
 *
 * @param {Object} chart
 * @param {string} chart.name For tests: `chart-NAME`.
 * @param {string} chart.summary One sentence that says what it shows.
 * @param {function(Object): {traces: Object[], layout: Object}} chart.build Asked with the theme,
 *     anew whenever that changes; `isNarrow` there says that room is scarce.
 * @param {number} [chart.height] In pixels.
 * @param {function(number)} [chart.onPick] Called with `customdata` of what is clicked.
 */
export function chart({ name, summary, build, height = 320, onPick }) {
  const attributes = { class: "chart", role: "img", "aria-label": summary };
  const box = el("div", { ...attributes, "data-testid": `chart-${name}` });
  box.style.height = `${height}px`;
  if (onPick) box.classList.add("pickable");
  waiting.push({ box, build, onPick });
  return box;
}

/** Draws the charts that are on the page by now. */
export async function drawCharts() {
  for (const each of waiting.splice(0)) {
    if (!each.box.isConnected) continue;
    await draw(each);
    drawn.push(each);
    each.box.on?.("plotly_click", ({ points }) => each.onPick?.(points[0].customdata));
  }
}

/** A line's colour and marker, so that it can be told by more than colour. */
export function look(theme, i) {
  const n = i % theme.colours.length;
  return { color: theme.colours[n], symbol: MARKERS[n] };
}

/** Plotly reads some markup in texts; data is to be shown as it is. */
export const plain = (text) =>
  String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A horizontal line with words, across a chart. */
export function mark(y, words, colour, { dash = "dot", side = "right", above = true } = {}) {
  const line = { type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y };
  const x = side === "right" ? 1 : 0;
  return {
    shape: { ...line, line: { color: colour, width: 1.5, dash } },
    annotation: {
      xref: "paper",
      x,
      y,
      text: words,
      showarrow: false,
      font: { color: colour, size: 12 },
      xanchor: side,
      yanchor: above ? "bottom" : "top",
    },
  };
}

async function draw({ box, build }) {
  if (!window.Plotly) {
    box.replaceChildren(
      el("p", { class: "undrawn" }, "The chart cannot be drawn; its figures are below."),
    );
    return;
  }
  const theme = { ...currentTheme(), isNarrow: box.clientWidth < NARROW_PX };
  const { traces, layout } = build(theme);
  await window.Plotly.react(box, traces, { ...common(theme), ...layout }, CONFIG);
}

function currentTheme() {
  const styles = getComputedStyle(document.documentElement);
  const of = (name) => styles.getPropertyValue(`--${name}`).trim();
  const name = document.documentElement.dataset.theme;
  return {
    text: of("text"),
    muted: of("muted"),
    line: of("line"),
    surface: of("surface"),
    colours: COLOURS[name],
    scale: SCALES[name],
  };
}

/** Axes as every chart has them; a chart adds its own. */
export const axis = (theme, more = {}) => ({
  gridcolor: theme.line,
  linecolor: theme.line,
  zerolinecolor: theme.line,
  automargin: true,
  tickfont: { color: theme.muted, size: 12 },
  fixedrange: true,
  ...more,
  title: { font: { color: theme.muted, size: 12 }, standoff: 8, ...more.title },
});

/** A day in milliseconds. */
export const DAY = 86_400_000;

/** An axis of the days of some dates or instants; of a few days, each has its label. */
export function dayAxis(theme, dates) {
  const sorted = [...dates].sort();
  const isShort = Date.parse(sorted.at(-1)) - Date.parse(sorted[0]) < 8 * DAY;
  const marks = isShort ? { dtick: DAY } : { nticks: 8 };
  return axis(theme, { type: "date", tickformat: "%e %b", showgrid: false, ...marks });
}

/** The axis of horizontal bars by their number: two names may be cut to the same. */
export const barNames = (theme, names, most) =>
  axis(theme, {
    tickvals: names.map((_, i) => i),
    ticktext: names.map((name) => plain(shortened(name, most))),
    range: [names.length - 0.4, -0.6],
    showgrid: false,
    zeroline: false,
  });

function common(theme) {
  const font = { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 13 };
  return {
    autosize: true,
    dragmode: false,
    hovermode: "closest",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...font, color: theme.text },
    margin: { t: 12, r: 12, b: 36, l: 44 },
    xaxis: axis(theme),
    yaxis: axis(theme),
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
    hoverlabel: { bgcolor: theme.surface, bordercolor: theme.line, font: { color: theme.text } },
  };
}

addEventListener("themechange", () => drawn.forEach(draw));

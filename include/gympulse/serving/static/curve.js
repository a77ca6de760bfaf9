// One workout's heart rates: the curve, and its key figures.

import { axis, chart, mark } from "./charts.js";
import { bpm, clock, duration, instant, number } from "./format.js";
import { panel } from "./page.js";
import { given } from "./query.js";
import { grouped, most } from "./rows.js";
import { foldedTable } from "./tables.js";

// Beyond it a wearable was silent, and a line would claim to know what it did not measure.
const LONGEST_GAP_MS = 60_000;

// On a touch screen a finger across the curve is to scroll the page.
const CAN_DRAG = matchMedia("(hover: hover)").matches;

// Colours of wearables; the others are those of minimum, average and maximum.
const LINES = [0, 6, 5];

const KEY = ["user_id", "workout_id", "session_id", "start_time"];

/** The workout that the query names, or null; all of its key must be there, and be one. */
export function chosenWorkout() {
  const key = Object.fromEntries(KEY.map((name) => [name, given(name)]));
  const isInstant = !Number.isNaN(Date.parse(key.start_time));
  const areIds = KEY.slice(0, 3).every((name) => /^-?\d+$/.test(key[name]));
  return isInstant && areIds ? key : null;
}

export const keyOf = (row) => Object.fromEntries(KEY.map((name) => [name, row[name]]));

/** Where the workout's readings are. */
export function readingsOf(key) {
  return [`workouts/${KEY.map((name) => encodeURIComponent(key[name])).join("/")}/bpm`, {}];
}

/** Parameters that choose the workout's row in a table. */
export function rowOf({ start_time: start, ...ids }) {
  return { ...ids, start_time_from: start, start_time_to: start };
}

/**
 * Lowest, average and highest: as the table has them, or of the readings where it has no such row.
 *
 * @param {Object[]} readings
 * @param {Object} [row] The workout in a table.
 */
export function extremes(readings, row = {}) {
  const rates = readings.map((reading) => reading.heartrate);
  const average = rates.reduce((total, rate) => total + rate, 0) / rates.length;
  return {
    min: row.min_bpm ?? rates.reduce((a, b) => Math.min(a, b), Infinity),
    average: row.avg_bpm ?? average,
    max: row.max_bpm ?? rates.reduce((a, b) => Math.max(a, b), -Infinity),
  };
}

/** The curve under a heading of its own; `predicted` is the highest rate expected at that age. */
export function curvePanel(answer, { row, predicted } = {}) {
  return panel({
    name: "curve",
    title: "Heart rate",
    lead: leadOf(answer),
    answer,
    nothing: "This workout has no readings",
    body(rows) {
      const levels = { ...extremes(rows, row), predicted };
      return [
        chart({
          name: "curve",
          summary: curveSummary(rows, levels),
          build: curve(rows, levels),
          height: 400,
        }),
        foldedTable({
          name: "curve",
          caption: "Readings of the workout",
          rows,
          csv: answer.csv,
          columns: COLUMNS,
        }),
      ];
    },
  });
}

const COLUMNS = [
  { label: "Time (UTC)", cell: (row) => clock(row.time), isText: true },
  { label: "Wearable", cell: (row) => String(row.device_id) },
  { label: "Heart rate", cell: (row) => bpm(row.heartrate) },
];

function leadOf({ rows, next }) {
  const part = next ? `The first ${number(rows.length)} readings.` : "";
  const drag = CAN_DRAG
    ? "Drag across the curve to enlarge a part, double-click to see all of it."
    : "";
  return `${part} ${drag}`.trim();
}

function curve(rows, levels) {
  const wearables = [...grouped(rows, "device_id")];
  return (theme) => ({
    traces: wearables.map(([id, readings], i) => ({
      type: "scatter",
      mode: "lines",
      name: `Wearable ${id}`,
      ...withGaps(readings),
      line: { color: theme.colours[LINES[i % LINES.length]], width: 1.75 },
      connectgaps: false,
      hovertemplate: "%{x|%H:%M:%S} UTC<br>%{y:.0f} beats/minute<extra></extra>",
    })),
    layout: {
      ...marksOf(levels, theme),
      showlegend: wearables.length > 1,
      dragmode: CAN_DRAG ? "zoom" : false,
      hovermode: "x",
      xaxis: axis(theme, {
        type: "date",
        tickformat: "%H:%M",
        fixedrange: !CAN_DRAG,
        showgrid: false,
        title: { text: "UTC" },
      }),
      yaxis: axis(theme, { title: { text: "Beats/minute" } }),
    },
  });
}

function marksOf({ min, average, max, predicted }, theme) {
  const marks = [
    mark(max, `Maximum ${number(max)}`, theme.colours[1]),
    mark(average, `Average ${number(average)}`, theme.colours[2], { dash: "dash" }),
    mark(min, `Minimum ${number(min)}`, theme.colours[3], { above: false }),
  ];
  if (predicted) {
    const words = `Predicted maximum ${number(predicted)}`;
    marks.push(mark(predicted, words, theme.colours[4], { dash: "solid", side: "left" }));
  }
  return {
    shapes: marks.map((each) => each.shape),
    annotations: marks.map((each) => each.annotation),
  };
}

function withGaps(readings) {
  const x = [];
  const y = [];
  let before = null;
  for (const { time, heartrate } of readings) {
    const at = Date.parse(time);
    if (before !== null && at - before > LONGEST_GAP_MS) {
      x.push(time);
      y.push(null);
    }
    x.push(time);
    y.push(heartrate);
    before = at;
  }
  return { x, y };
}

function curveSummary(rows, { min, average, max, predicted }) {
  const first = rows[0].time;
  const last = most(rows, "time").time;
  const length = duration((Date.parse(last) - Date.parse(first)) / 1000);
  const expected = predicted ? `; predicted maximum ${number(predicted)}` : "";
  return (
    `Heart rate from ${instant(first)} UTC over ${length}: minimum ${number(min)}, ` +
    `average ${number(average)}, maximum ${number(max)} beats a minute${expected}.`
  );
}

// Charts of workouts: how each is drawn, and what it shows in a sentence.

import { axis, barNames, dayAxis, plain } from "./charts.js";
import { bpm, counted, day, instant, number } from "./format.js";
import { most, sum } from "./rows.js";

// More bars than this cannot be read.
const MOST_BARS = 25;

const least = (rows, column) => Math.min(...rows.map((row) => row[column]));

/** The middle one of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2) return sorted[Math.floor(middle)];
  return sorted.length ? (sorted[middle - 1] + sorted[middle]) / 2 : null;
}

/** Average by day, within the band from the lowest to the highest reading. */
export function intensityBand(rows) {
  return (theme) => ({
    traces: [...bandEdges(rows, theme), averageLine(rows, theme)],
    layout: {
      hovermode: "x",
      xaxis: dayAxis(theme, rows.map((row) => row.date)),
      yaxis: axis(theme, { title: { text: "Beats/minute" } }),
    },
  });
}

function bandEdges(rows, theme) {
  const edge = (column, more) => ({
    type: "scatter",
    mode: "lines",
    x: rows.map((row) => row.date),
    y: rows.map((row) => row[column]),
    line: { width: 0 },
    hoverinfo: "skip",
    ...more,
  });
  const filled = { fill: "tonexty", fillcolor: faded(theme.colours[0]), name: "Lowest to highest" };
  return [edge("min_bpm", { showlegend: false }), edge("max_bpm", filled)];
}

const averageLine = (rows, theme) => ({
  type: "scatter",
  mode: "lines+markers",
  name: "Average",
  x: rows.map((row) => row.date),
  y: rows.map((row) => row.avg_bpm),
  text: rows.map(rangeOf),
  line: { color: theme.colours[0], width: 2.25 },
  marker: { size: 6 },
  hovertemplate: "%{x|%a %e %b %Y}<br>%{text}<extra></extra>",
});

export function intensitySummary(rows) {
  const hardest = most(rows, "avg_bpm");
  const lowest = bpm(least(rows, "avg_bpm"));
  return (
    `Heart rate by day, ${counted(sum(rows, "workouts"), "workout")}: daily averages from ` +
    `${lowest} to ${bpm(hardest.avg_bpm)} beats a minute, highest on ${day(hardest.date)}.`
  );
}

/** The groups with most workouts, in the order in which all of them come. */
export function largest(groups) {
  const sorted = [...groups].sort((a, b) => b.workouts - a.workouts);
  const kept = new Set(sorted.slice(0, MOST_BARS));
  return groups.filter((row) => kept.has(row));
}

/**
 * A bar from lowest to highest for each group, with a mark at its average.
 *
 * @param {Object[]} rows Groups.
 * @param {function(Object): string} nameOf
 * @param {function(Object): string} linkOf Where a click on a group leads.
 */
export function groupRanges(rows, nameOf, linkOf) {
  const names = rows.map(nameOf);
  const texts = rows.map((row) => [plain(nameOf(row)), rangeOf(row), worked(row)].join("<br>"));
  const shared = {
    y: rows.map((_, i) => i),
    customdata: rows.map(linkOf),
    text: texts,
    hovertemplate: "%{text}<extra></extra>",
  };
  return (theme) => ({
    traces: [
      { ...rangeBars(rows, theme), ...shared },
      { ...averageMarks(rows, theme), ...shared },
    ],
    layout: {
      bargap: 0.45,
      xaxis: axis(theme, { title: { text: "Beats/minute" }, zeroline: false }),
      yaxis: barNames(theme, names, theme.isNarrow ? 12 : 24),
    },
  });
}

const worked = (row) => counted(row.workouts, "workout");

const rangeBars = (rows, theme) => ({
  type: "bar",
  orientation: "h",
  name: "Lowest to highest",
  base: rows.map((row) => row.min_bpm),
  x: rows.map((row) => row.max_bpm - row.min_bpm),
  marker: { color: faded(theme.colours[0]) },
  textposition: "none",
});

const averageMarks = (rows, theme) => ({
  type: "scatter",
  mode: "markers",
  name: "Average",
  x: rows.map((row) => row.avg_bpm),
  marker: { color: theme.colours[0], size: 11, line: { color: theme.surface, width: 1.5 } },
});

export function groupsSummary(rows, nameOf) {
  const hardest = most(rows, "avg_bpm");
  return (
    `Heart rates of ${counted(rows.length, "group")}: the highest average is ` +
    `${bpm(hardest.avg_bpm)} beats a minute, of ${nameOf(hardest)}.`
  );
}

/** Each workout's average with its lowest and highest reading, by when it began. */
export function workoutRanges(rows, linkOf) {
  return (theme) => ({
    traces: [
      {
        type: "scatter",
        mode: "markers",
        x: rows.map((row) => row.start_time),
        y: rows.map((row) => row.avg_bpm),
        customdata: rows.map(linkOf),
        text: rows.map((row) => `${instant(row.start_time)} UTC<br>${rangeOf(row)}`),
        marker: { color: theme.colours[0], size: 10 },
        error_y: {
          type: "data",
          symmetric: false,
          thickness: 4,
          width: 0,
          color: faded(theme.colours[0]),
          array: rows.map((row) => row.max_bpm - row.avg_bpm),
          arrayminus: rows.map((row) => row.avg_bpm - row.min_bpm),
        },
        hovertemplate: "%{text}<extra></extra>",
      },
    ],
    layout: {
      xaxis: dayAxis(theme, rows.map((row) => row.start_time)),
      yaxis: axis(theme, { title: { text: "Beats/minute" } }),
    },
  });
}

export function workoutsSummary(rows) {
  const averages = [least(rows, "avg_bpm"), most(rows, "avg_bpm").avg_bpm].map(bpm).join(" to ");
  return (
    `${counted(rows.length, "workout")} by start: averages from ${averages} beats a minute, ` +
    `highest reading ${number(most(rows, "max_bpm").max_bpm)}.`
  );
}

const rangeOf = (row) =>
  `average ${bpm(row.avg_bpm)}, from ${bpm(row.min_bpm)} to ${bpm(row.max_bpm)} beats/minute`;

/** A colour of six digits, translucent. */
const faded = (colour) => `${colour}47`;

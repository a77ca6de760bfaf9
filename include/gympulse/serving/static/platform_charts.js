// Charts of the platform: how each is drawn, and what it shows in a sentence.

import { axis, barNames, plain } from "./charts.js";
import { counted, instant, number } from "./format.js";
import { grouped, most, sum } from "./rows.js";

/** What became of rows, by column. */
export const OUTCOMES = {
  inserted: "New",
  superseding: "Changed",
  duplicate: "Unchanged",
  quarantined: "Set aside",
};
const LAYERS = ["bronze", "silver", "gold"];
const STATUSES = ["open", "cured", "released", "discarded"];

export const titled = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** Stacked bars by hour: one small chart for each layer, above one time axis. */
export function rowBars(rows) {
  const place = ([layer]) => LAYERS.indexOf(layer);
  const layers = [...grouped(rows, "layer")].sort((a, b) => place(a) - place(b));
  return (theme) => ({
    traces: layers.flatMap(([layer, hours], i) => layerBars(theme, layer, hours, i)),
    layout: {
      barmode: "stack",
      bargap: 0.15,
      ...layerAxes(
        theme,
        layers.map(([layer]) => layer),
      ),
      xaxis: axis(theme, {
        type: "date",
        tickformat: "%H:%M\n%e %b",
        showgrid: false,
        nticks: theme.isNarrow ? 4 : 10,
        anchor: `y${nth(layers.length - 1)}`,
      }),
    },
  });
}

/** Plotly calls its axes y, y2, y3. */
const nth = (i) => (i === 0 ? "" : i + 1);

function layerBars(theme, layer, hours, i) {
  const colours = [0, 5, 6, 1].map((n) => theme.colours[n]);
  return Object.entries(OUTCOMES).map(([column, name], at) => ({
    type: "bar",
    name,
    legendgroup: column,
    showlegend: i === 0,
    marker: { color: colours[at] },
    x: hours.map((row) => row.hour),
    y: hours.map((row) => row[column]),
    yaxis: `y${nth(i)}`,
    hovertemplate:
      `%{x|%e %b %H:%M} UTC<br>${plain(titled(layer))}, ` + `${name}: %{y:,}<extra></extra>`,
  }));
}

function layerAxes(theme, layers) {
  const height = 1 / layers.length;
  const below = (i) => (i === layers.length - 1 ? 0 : 0.04);
  const axes = layers.map((layer, i) => [
    `yaxis${nth(i)}`,
    axis(theme, {
      domain: [1 - (i + 1) * height + below(i), 1 - i * height - 0.02],
      title: { text: plain(titled(layer)) },
      nticks: 4,
      rangemode: "tozero",
      tickformat: ",~s",
    }),
  ]);
  return Object.fromEntries(axes);
}

export function rowsSummary(rows) {
  const totals = Object.entries(OUTCOMES).map(
    ([column, name]) => `${number(sum(rows, column))} ${name.toLowerCase()}`,
  );
  const layers = [...grouped(rows, "layer").keys()].join(", ");
  const since = `from ${instant(rows[0].hour)} UTC on`;
  return `Rows by hour read by ${layers}: ${totals.join(", ")}, ${since}.`;
}

/** Rows of each rule of each source, those with most records first. */
export function byRule(rows) {
  const named = rows.map((row) => ({ ...row, key: `${row.source}: ${row.rule}` }));
  const total = ([, some]) => sum(some, "records");
  return [...grouped(named, "key")].sort((a, b) => total(b) - total(a));
}

/** Stacked bars of records by status, one for each rule. */
export function quarantineBars(rules) {
  const names = rules.map(([name]) => name);
  const count = (rows, status) => {
    const some = rows.filter((row) => row.status === status);
    return sum(some, "records");
  };
  return (theme) => ({
    traces: STATUSES.map((status, i) => ({
      type: "bar",
      orientation: "h",
      name: titled(status),
      y: names.map((_, at) => at),
      x: rules.map(([, rows]) => count(rows, status)),
      marker: { color: theme.colours[[1, 2, 5, 6][i]] },
      text: names.map(plain),
      textposition: "none",
      hovertemplate: `%{text}<br>${titled(status)}: %{x:,}<extra></extra>`,
    })),
    layout: {
      barmode: "stack",
      bargap: 0.4,
      xaxis: axis(theme, { title: { text: "Records" }, tickformat: ",~r", rangemode: "tozero" }),
      yaxis: barNames(theme, names, theme.isNarrow ? 18 : 34),
    },
  });
}

export function quarantineSummary(rows) {
  const top = most(rows, "records");
  return (
    `${counted(sum(rows, "records"), "record")} set aside; most by the rule ${top.rule} of ` +
    `${top.source}, ${number(top.records)} of them ${top.status}.`
  );
}

import { chart } from "./charts.js";
import { csvAddress } from "./fetching.js";
import { showFilters } from "./filters.js";
import { UNKNOWN, duration, instant, number } from "./format.js";
import { panel, show, tiles } from "./page.js";
import {
  OUTCOMES,
  byRule,
  quarantineBars,
  quarantineSummary,
  rowBars,
  rowsSummary,
  titled,
} from "./platform_charts.js";
import { operationsPanel, qualityPanel, verifyPanel } from "./platform_records.js";
import { given } from "./query.js";
import { grouped, sum } from "./rows.js";
import { foldedTable, table } from "./tables.js";

const HOURS = {
  name: "hours",
  label: "Hours back",
  type: "number",
  min: 1,
  max: 8784,
  placeholder: "48",
};

const NOTHING_RAN = {
  title: "Nothing has run yet",
  text: "Trigger the DAG bronze, then silver and gold follow.",
};

showFilters([HOURS]);
show({
  questions: () => ({
    rows: ["views/platform-rows", { hours: given("hours") }],
    quarantine: ["views/platform-quarantine", {}],
    runs: ["views/platform-runs", {}],
    quality: ["views/platform-quality", {}],
    operations: ["views/platform-operations", {}],
    verify: ["views/platform-verify", {}],
  }),
  render: ({ rows, quarantine, runs, quality, operations, verify }, range, freshness) => [
    keyFigures(freshness.rows, quarantine),
    freshnessPanel(freshness),
    rowsPanel(rows),
    quarantinePanel(quarantine),
    runsPanel(runs),
    qualityPanel(quality),
    operationsPanel(operations),
    verifyPanel(verify),
  ],
  nothing: () => NOTHING_RAN,
  notThere: NOTHING_RAN,
});

function keyFigures(layers, quarantine) {
  const lags = layers.map((row) => ({
    name: `lag-${row.layer}`,
    label: `${titled(row.layer)} lags by`,
    value: duration(row.lag_seconds),
    note: row.complete_through
      ? `complete through ${instant(row.complete_through)}`
      : "has not run yet",
  }));
  const isOpen = (row) => row.status === "open";
  const open = sum(quarantine.rows.filter(isOpen), "records");
  const aside = {
    name: "open",
    label: "Set aside",
    value: quarantine.problem ? UNKNOWN : number(open),
    note: "records, still open",
  };
  return tiles([...lags, aside]);
}

function freshnessPanel({ rows }) {
  return panel({
    name: "freshness",
    title: "Freshness",
    lead: "All that was received up to the instant is in the layer.",
    answer: { rows },
    nothing: NOTHING_RAN.title,
    body: () => [
      table({
        name: "freshness",
        caption: "Freshness by layer",
        rows,
        csv: csvAddress("freshness"),
        columns: [
          { label: "Layer", cell: (row) => titled(row.layer), isText: true },
          {
            label: "Complete through (UTC)",
            cell: (row) => instant(row.complete_through),
            isText: true,
          },
          { label: "Last run ended (UTC)", cell: (row) => instant(row.finished_at), isText: true },
          { label: "Lag", cell: (row) => duration(row.lag_seconds) },
        ],
      }),
    ],
  });
}

function rowsPanel(answer) {
  return panel({
    name: "platform-rows",
    title: "Rows by hour",
    lead: "What became of the rows that each layer read. Set aside: they broke a rule.",
    answer,
    nothing: NOTHING_RAN.title,
    notThere: NOTHING_RAN,
    body: (rows) => [
      chart({
        name: "platform-rows",
        summary: rowsSummary(rows),
        build: rowBars(rows),
        height: 150 + 150 * grouped(rows, "layer").size,
      }),
      foldedTable({
        name: "platform-rows",
        caption: "Rows by hour and layer",
        rows,
        csv: answer.csv,
        columns: [
          { label: "Hour (UTC)", cell: (row) => instant(row.hour), isText: true },
          { label: "Layer", cell: (row) => titled(row.layer), isText: true },
          ...Object.entries(OUTCOMES).map(([name, label]) => ({
            label,
            cell: (row) => number(row[name]),
          })),
        ],
      }),
    ],
  });
}

function quarantinePanel(answer) {
  return panel({
    name: "platform-quarantine",
    title: "Set aside, by rule",
    width: "half",
    lead: "Records that wait to be cured by later ones, or to be released or discarded.",
    answer,
    nothing: "No record is set aside: all of them kept the rules",
    notThere: { title: "No record has been set aside yet" },
    body: (rows) => quarantineBody(rows, answer.csv),
  });
}

function quarantineBody(rows, csv) {
  const rules = byRule(rows);
  return [
    chart({
      name: "platform-quarantine",
      summary: quarantineSummary(rows),
      build: quarantineBars(rules),
      height: Math.max(300, 110 + 34 * rules.length),
    }),
    foldedTable({
      name: "platform-quarantine",
      caption: "Records set aside",
      rows,
      csv,
      columns: [
        { label: "Source", cell: (row) => row.source, isLong: true },
        { label: "Rule", cell: (row) => row.rule, isLong: true },
        { label: "Status", cell: (row) => row.status, isText: true },
        { label: "Records", cell: (row) => number(row.records) },
      ],
    }),
  ];
}

function runsPanel(answer) {
  return panel({
    name: "platform-runs",
    title: "Last runs",
    answer,
    width: "half",
    nothing: NOTHING_RAN.title,
    notThere: NOTHING_RAN,
    body: (rows) => [
      table({
        name: "platform-runs",
        caption: "Last runs",
        rows,
        csv: answer.csv,
        columns: [
          { label: "Ended (UTC)", cell: (row) => instant(row.finished_at), isText: true },
          { label: "Layer", cell: (row) => titled(row.layer), isText: true },
          { label: "Took", cell: (row) => duration(row.seconds) },
          {
            label: "Complete through (UTC)",
            cell: (row) => instant(row.complete_through),
            isText: true,
          },
        ],
      }),
    ],
  });
}

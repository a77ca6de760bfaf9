// The parts of the page of gyms.

import { chart } from "./charts.js";
import { anchor, el } from "./dom.js";
import { UNKNOWN, counted, day, hour, hours, number, percent } from "./format.js";
import {
  activeBars,
  activeSummary,
  daysSummary,
  gymTotals,
  hourBars,
  idle,
  minutesSummary,
  share,
  visitLines,
  weekHeat,
  weekSummary,
  weekday,
} from "./gym_charts.js";
import { panel } from "./page.js";
import { given, listed, query } from "./query.js";
import { foldedTable, table } from "./tables.js";

// Then the busiest hours stand beside the bars, as high as they.
const BESIDE_TABLE = matchMedia("(min-width: 62rem)");

const GYM_COLUMN = { label: "Gym", cell: (row) => String(row.gym_id) };

export function visitsPanel(answer) {
  return panel({
    name: "gym-days",
    title: "Visits by day",
    answer,
    width: "half",
    body: (rows) => [
      chart({ name: "gym-days", summary: daysSummary(rows), build: visitLines(rows) }),
      foldedTable({
        name: "gym-days",
        caption: "Visits by gym and day",
        rows,
        csv: answer.csv,
        columns: DAY_COLUMNS,
      }),
    ],
  });
}

export function minutesPanel(answer) {
  return panel({
    name: "gym-minutes",
    title: "Hours in gyms by day",
    answer,
    width: "half",
    body: (rows) => [
      chart({ name: "gym-minutes", summary: minutesSummary(rows), build: hourBars(rows) }),
      foldedTable({
        name: "gym-minutes",
        caption: "Minutes by gym and day",
        rows,
        csv: answer.csv,
        columns: MINUTE_COLUMNS,
      }),
    ],
  });
}

const DAY_COLUMNS = [
  { label: "Day", cell: (row) => day(row.date), isText: true },
  GYM_COLUMN,
  { label: "Visits", cell: (row) => number(row.visits) },
  { label: "Members' phones", cell: (row) => number(row.members) },
];

const MINUTE_COLUMNS = [
  { label: "Day", cell: (row) => day(row.date), isText: true },
  GYM_COLUMN,
  { label: "Minutes in gym", cell: (row) => number(row.minutes_in_gym) },
  { label: "Minutes exercising", cell: (row) => number(row.minutes_exercising) },
];

export function weekPanel(answer, days, range) {
  const ids = gymTotals(days.rows).map((row) => row.gym_id);
  const chosen = listed("gym_id");
  const lead = chosen.length ? `Gym ${chosen.join(", ")}` : "All gyms together";
  return panel({
    name: "gym-hours",
    title: "Occupancy by hour of the week",
    answer,
    lead: `${lead}: people there on average over the days shown.`,
    tabs: gymLinks(ids, chosen, range),
    body: (rows) => [
      chart({ name: "gym-hours", summary: weekSummary(rows), build: weekHeat(rows), height: 300 }),
      foldedTable({
        name: "gym-hours",
        caption: "People by gym and hour of the week",
        rows,
        csv: answer.csv,
        columns: WEEK_COLUMNS,
      }),
    ],
  });
}

/** One gym at a time, where there are several. */
function gymLinks(ids, chosen, range) {
  const link = (id, text, isCurrent) =>
    anchor(query({ ...range, capacity: given("capacity"), gym_id: id }), text, {
      "aria-current": isCurrent ? "true" : null,
    });
  if (ids.length < 2 && chosen.length === 0) return null;
  const each = ids.map((id) =>
    link(id, `Gym ${id}`, chosen.length === 1 && chosen[0] === String(id)),
  );
  const attributes = { class: "tabs", "aria-label": "Gym", "data-testid": "tabs-gyms" };
  return el("nav", attributes, link(undefined, "All gyms", chosen.length === 0), each);
}

const WEEK_COLUMNS = [
  { label: "Day of the week", cell: (row) => weekday(row.weekday), isText: true },
  { label: "Hour", cell: (row) => hour(row.hour) },
  GYM_COLUMN,
  { label: "Average people", cell: (row) => number(row.average_people, 1) },
  { label: "Most at once", cell: (row) => number(row.peak_people) },
];

export function activePanel(answer) {
  return panel({
    name: "gym-active",
    title: "Exercise against other time",
    answer,
    width: "small",
    lead: "Time in the gym with a workout running, and the rest of it.",
    body(rows) {
      const totals = gymTotals(rows);
      const height = Math.max(BESIDE_TABLE.matches ? 420 : 0, 130 + 46 * totals.length);
      return [
        chart({
          name: "gym-active",
          summary: activeSummary(totals),
          build: activeBars(totals),
          height,
        }),
        foldedTable({
          name: "gym-active",
          caption: "Exercise and other time by gym",
          rows: totals,
          csv: answer.csv,
          columns: ACTIVE_COLUMNS,
        }),
      ];
    },
  });
}

const ACTIVE_COLUMNS = [
  GYM_COLUMN,
  { label: "Hours in gym", cell: (row) => hours(row.minutes_in_gym) },
  { label: "Exercising", cell: (row) => hours(row.minutes_exercising) },
  { label: "Other time", cell: (row) => hours(idle(row)) },
  { label: "Exercise", cell: (row) => percent(share(row)) },
];

export function busiestPanel(answer) {
  const capacity = given("capacity");
  const lead = capacity
    ? `Headroom is what was left of ${capacity} places at the fullest moment.`
    : "Headroom is what was left of each gym's own peak; give a capacity for another measure.";
  return panel({
    name: "busiest-hours",
    title: "Busiest hours",
    answer,
    width: "large",
    lead,
    body: (rows) => [
      table({
        name: "busiest-hours",
        caption: "Busiest hours and headroom",
        rows,
        csv: answer.csv,
        columns: BUSIEST_COLUMNS,
      }),
    ],
  });
}

const BUSIEST_COLUMNS = [
  { label: "Hour", cell: (row) => `${day(row.date)}, ${hour(row.hour)}`, isText: true },
  GYM_COLUMN,
  { label: "Visits", cell: (row) => number(row.visits) },
  { label: "People", cell: (row) => number(row.people) },
  { label: "Most at once", cell: (row) => number(row.peak_people) },
  { label: "Capacity", cell: (row) => number(row.capacity) },
  { label: "Headroom", cell: headroom },
];

function headroom({ headroom_pct: left }) {
  if (left === null || left === undefined) return UNKNOWN;
  const full = el(
    "span",
    { class: left < 0 ? "meter over" : "meter", "aria-hidden": "true" },
    el("span"),
  );
  full.firstChild.style.width = `${Math.min(100, Math.max(0, 100 - left))}%`;
  const words = left < 0 ? `${percent(-left)} over` : percent(left);
  return el("span", { class: "headroom" }, full, el("span", {}, words));
}

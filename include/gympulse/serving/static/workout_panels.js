// The parts of the page of workouts.

import { chart } from "./charts.js";
import { anchor, el } from "./dom.js";
import { bpm, day, duration, instant, number } from "./format.js";
import { panel } from "./page.js";
import { foldedTable, table } from "./tables.js";
import { pageLinks } from "./way.js";
import {
  groupRanges,
  groupsSummary,
  intensityBand,
  intensitySummary,
  largest,
  workoutRanges,
  workoutsSummary,
} from "./workout_charts.js";

/** What members are grouped by, by column. */
export const GROUPS = { age_band: "Age band", sex: "Sex", city: "City", state: "State" };

export const groupName = (value) => (value === null ? "Unknown" : value || "(empty)");

const RATES = [
  { label: "Lowest", cell: (row) => bpm(row.min_bpm) },
  { label: "Average", cell: (row) => bpm(row.avg_bpm) },
  { label: "Highest", cell: (row) => bpm(row.max_bpm) },
];
const COUNTS = [
  { label: "Workouts", cell: (row) => number(row.workouts) },
  { label: "Members", cell: (row) => number(row.members) },
];

export function intensityPanel(answer) {
  const dayColumn = { label: "Day", cell: (row) => day(row.date), isText: true };
  return panel({
    name: "workout-days",
    title: "Intensity by day",
    lead: "Average heart rate of all readings, and the band from the lowest to the highest one.",
    answer,
    body: (rows) => [
      chart({ name: "workout-days", summary: intensitySummary(rows), build: intensityBand(rows) }),
      foldedTable({
        name: "workout-days",
        caption: "Heart rate by day",
        rows,
        csv: answer.csv,
        columns: [dayColumn, ...COUNTS, ...RATES],
      }),
    ],
  });
}

/**
 * @param {Object} answer Groups.
 * @param {string} by The column that makes them.
 * @param {function(string): string} tabOf Where another column leads.
 * @param {function(string|null): string} linkOf Where a group leads.
 */
export function groupsPanel(answer, by, tabOf, linkOf) {
  return panel({
    name: "workout-groups",
    title: "Heart rate by group",
    lead: "Choose a group to see its members.",
    tabs: groupTabs(by, tabOf),
    answer,
    body: (rows) => groupsBody(by === "age_band" ? byAge(rows) : rows, answer.csv, by, linkOf),
  });
}

function groupTabs(by, tabOf) {
  const tabs = Object.entries(GROUPS).map(([column, text]) =>
    anchor(tabOf(column), text, { "aria-current": column === by ? "true" : null }),
  );
  const attributes = { class: "tabs", "aria-label": "Group by", "data-testid": "tabs-by" };
  return el("nav", attributes, tabs);
}

function groupsBody(rows, csv, by, linkOf) {
  const link = (row) => linkOf(row.group);
  const name = (row) => groupName(row.group);
  const label = GROUPS[by] ?? by;
  const shown = largest(rows);
  const words = `The ${shown.length} groups with most workouts; the table has all ${rows.length}.`;
  return [
    chart({
      name: "workout-groups",
      summary: groupsSummary(rows, name),
      build: groupRanges(shown, name, link),
      height: 110 + 34 * shown.length,
      onPick: (href) => location.assign(href),
    }),
    shown.length < rows.length && el("p", { class: "lead" }, words),
    table({
      name: "workout-groups",
      caption: `Heart rate by ${label}`,
      rows,
      csv,
      columns: [
        { label, cell: (row) => anchor(link(row), name(row)), isLong: true },
        ...COUNTS,
        ...RATES,
      ],
    }),
  ];
}

/** "under 18" comes before "18-25", and what is unknown last. */
function byAge(rows) {
  const age = ({ group }) =>
    group === null
      ? Infinity
      : String(group).startsWith("under")
        ? 0
        : Number.parseInt(group, 10) || Infinity;
  return [...rows].sort((a, b) => (age(a) === age(b) ? 0 : age(a) - age(b)));
}

export function membersPanel(answer, most, linkOf) {
  return panel({
    name: "workout-members",
    title: "Members",
    lead:
      answer.rows.length < most
        ? "Choose a member to see their workouts."
        : `The ${number(most)} members with most workouts. Choose one to see their workouts.`,
    answer,
    body: (rows) => [
      table({
        name: "workout-members",
        caption: "Members of the group",
        rows,
        csv: answer.csv,
        columns: [
          {
            label: "Member",
            cell: (row) => anchor(linkOf(row), `Member ${row.user_id}`),
            isText: true,
          },
          { label: "Workouts", cell: (row) => number(row.workouts) },
          ...RATES,
          { label: "Last workout", cell: (row) => day(row.last_date), isText: true },
        ],
      }),
    ],
  });
}

export function workoutsPanel(answer, linkOf, { first, next }) {
  return panel({
    name: "member-workouts",
    title: "Workouts",
    lead: "Average of each workout, and the range of its readings. Choose one to see its curve.",
    answer,
    nothing: "No workouts in these days",
    body: (rows) => [
      chart({
        name: "member-workouts",
        summary: workoutsSummary(rows),
        build: workoutRanges(rows, linkOf),
        height: 280,
        onPick: (href) => location.assign(href),
      }),
      table({
        name: "member-workouts",
        caption: "Workouts of the member",
        rows,
        csv: answer.csv,
        columns: workoutColumns(linkOf),
      }),
      pageLinks(first, next),
    ],
  });
}

function workoutColumns(linkOf) {
  return [
    {
      label: "Start (UTC)",
      cell: (row) => anchor(linkOf(row), instant(row.start_time)),
      isText: true,
    },
    { label: "Duration", cell: (row) => duration(secondsOf(row)) },
    { label: "Kind", cell: (row) => String(row.workout_id) },
    { label: "Readings", cell: (row) => number(row.num_records) },
    ...RATES,
  ];
}

export const secondsOf = (row) => (Date.parse(row.end_time) - Date.parse(row.start_time)) / 1000;

/** Who and what a workout was, in a line. */
export function aboutWorkout(row) {
  const known = [row.age_band && `age ${row.age_band}`, row.sex, row.city, row.state].filter(
    Boolean,
  );
  return [`Member ${row.user_id}`, `workout kind ${row.workout_id}`, ...known].join(" · ");
}

import { chosenWorkout, curvePanel, extremes, keyOf, readingsOf, rowOf } from "./curve.js";
import { el } from "./dom.js";
import { DATES, MEMBER, showFilters } from "./filters.js";
import { bpm, counted, day, duration, instant, number } from "./format.js";
import { nothingIn, show, tiles } from "./page.js";
import { cursorOf, given, givenAll, listed, query } from "./query.js";
import { most, sum } from "./rows.js";
import { showWay } from "./way.js";
import { median } from "./workout_charts.js";
import {
  GROUPS,
  aboutWorkout,
  groupName,
  groupsPanel,
  intensityPanel,
  membersPanel,
  secondsOf,
  workoutsPanel,
} from "./workout_panels.js";

const MOST_MEMBERS = 1000;
const PAGE_ROWS = 200;

const by = given("by") ?? "age_band";
const columns = Object.keys(GROUPS);
const group = Object.fromEntries([...columns, "is_null"].map((name) => [name, givenAll(name)]));
const hasGroup = Object.values(group).some((values) => values.length > 0);
const members = listed("user_id");
const workout = chosenWorkout();

const nothing = (range) => nothingIn(range, "workouts");

const LEVELS = {
  workout: {
    questions: () => ({
      summary: ["workout-bpm-summary", { ...rowOf(workout), limit: 1 }],
      curve: readingsOf(workout),
    }),
    render: ({ summary, curve }) => [
      workoutFigures(summary.rows[0], curve.rows),
      curvePanel(curve, { row: summary.rows[0] }),
    ],
    nothing: () => ({ title: "No such workout", text: "It may have been deleted since." }),
  },
  member: {
    questions: (range) => ({
      workouts: [
        "workout-bpm-summary",
        {
          ...range,
          ...group,
          user_id: members,
          sort: "-start_time",
          limit: PAGE_ROWS,
          cursor: given("cursor"),
        },
      ],
    }),
    render: ({ workouts }, range) => [
      memberFigures(workouts),
      workoutsPanel(
        workouts,
        (row) => query({ ...range, by, ...group, ...keyOf(row) }),
        turnedPages(workouts, { ...range, by, ...group, user_id: members }),
      ),
    ],
    nothing,
  },
  group: {
    questions: (range) => ({
      days: ["views/workout-days", { ...range, ...group }],
      members: ["views/workout-members", { ...range, ...group, limit: MOST_MEMBERS }],
    }),
    render: ({ days, members: found }, range) => [
      keyFigures(days.rows, found.rows),
      intensityPanel(days),
      membersPanel(found, MOST_MEMBERS, (row) =>
        query({ ...range, by, ...group, user_id: row.user_id }),
      ),
    ],
    nothing,
  },
  all: {
    questions: (range) => ({
      days: ["views/workout-days", range],
      groups: ["views/workout-groups", { ...range, by }],
    }),
    render: ({ days, groups }, range) => [
      keyFigures(days.rows),
      intensityPanel(days),
      groupsPanel(
        groups,
        by,
        (column) => query({ ...range, by: column }),
        (value) => query({ ...range, by, ...(value === null ? { is_null: by } : { [by]: value }) }),
      ),
    ],
    nothing,
  },
};

const level = workout ? "workout" : members.length ? "member" : hasGroup ? "group" : "all";
if (level !== "workout") showFilters([...DATES, MEMBER], ["by", ...columns, "is_null"]);
showWay(steps());
show(LEVELS[level]);

/** The way down, from all workouts to one. */
function steps() {
  const found = [["All workouts", { by }]];
  if (hasGroup) found.push([groupTitle(), { by, ...group }]);
  if (members.length)
    found.push([`Member ${members.join(", ")}`, { by, ...group, user_id: members }]);
  if (workout) found.push([`${instant(workout.start_time)} UTC`, { by, ...group, ...workout }]);
  const dates = { from_date: given("from_date"), to_date: given("to_date") };
  return found.map(([text, parameters]) => [text, query({ ...dates, ...parameters })]);
}

function groupTitle() {
  const named = columns.filter((name) => group[name].length);
  const values = named.map((name) => `${GROUPS[name]}: ${group[name].map(groupName).join(", ")}`);
  const unknown = group.is_null.map((name) => `${GROUPS[name] ?? name}: unknown`);
  return [...values, ...unknown].join(", ");
}

function turnedPages(answer, parameters) {
  const cursor = cursorOf(answer.next);
  return {
    first: given("cursor") && query(parameters),
    next: cursor && query({ ...parameters, cursor }),
  };
}

function keyFigures(days, found) {
  const busiest = most(days, "workouts");
  const highest = most(days, "max_bpm");
  const workouts = {
    name: "workouts",
    label: "Workouts",
    value: number(sum(days, "workouts")),
    note: `on ${counted(days.length, "day")}`,
  };
  const count =
    found && (found.length < MOST_MEMBERS ? number(found.length) : `${number(MOST_MEMBERS)}+`);
  return tiles([
    workouts,
    ...(found ? [{ name: "members", label: "Members", value: count, note: "in this group" }] : []),
    {
      name: "average",
      label: "Typical average",
      value: bpm(median(days.map((row) => row.avg_bpm))),
      note: "beats/minute, median of the days",
    },
    {
      name: "highest",
      label: "Highest",
      value: bpm(highest?.max_bpm),
      note: highest && `beats/minute, ${day(highest.date)}`,
    },
    {
      name: "busiest-day",
      label: "Busiest day",
      value: number(busiest?.workouts),
      note: busiest && `workouts on ${day(busiest.date)}`,
    },
  ]);
}

function memberFigures({ rows, next }) {
  const readings = sum(rows, "num_records");
  const total = rows.reduce((beats, row) => beats + row.avg_bpm * row.num_records, 0);
  const highest = most(rows, "max_bpm");
  const last = most(rows, "start_time");
  return tiles([
    {
      name: "workouts",
      label: "Workouts",
      value: number(rows.length),
      note: next ? "on this page" : "in these days",
    },
    {
      name: "average",
      label: "Average",
      value: readings ? bpm(total / readings) : "–",
      note: "beats/minute, of all readings",
    },
    {
      name: "highest",
      label: "Highest",
      value: bpm(highest?.max_bpm),
      note: highest && `beats/minute, ${day(highest.date)}`,
    },
    {
      name: "last",
      label: "Last workout",
      value: day(last?.start_time),
      note: last && duration(secondsOf(last)),
    },
  ]);
}

function workoutFigures(row, readings) {
  if (!row && !readings.length) return null;
  const { min, average, max } = extremes(readings, row);
  const shown = tiles([
    { name: "lowest", label: "Lowest", value: bpm(min), note: "beats/minute" },
    { name: "average", label: "Average", value: bpm(average), note: "beats/minute" },
    { name: "highest", label: "Highest", value: bpm(max), note: "beats/minute" },
    {
      name: "duration",
      label: "Duration",
      value: row ? duration(secondsOf(row)) : "–",
      note: row && `until ${instant(row.end_time)}`,
    },
    { name: "readings", label: "Readings", value: number(row?.num_records ?? readings.length) },
  ]);
  return el("div", { class: "about" }, row && el("p", { class: "lead" }, aboutWorkout(row)), shown);
}

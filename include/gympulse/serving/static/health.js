import { chosenWorkout, curvePanel, keyOf, readingsOf, rowOf } from "./curve.js";
import { anchor, el } from "./dom.js";
import { DATES, MEMBER, showFilters } from "./filters.js";
import { bpm, counted, duration, instant, number } from "./format.js";
import { nothingIn, panel, show, tiles } from "./page.js";
import { cursorOf, given, listed, query } from "./query.js";
import { most } from "./rows.js";
import { table } from "./tables.js";
import { pageLinks, showWay } from "./way.js";

const PAGE_ROWS = 50;
const PATH = "abnormal-heart-rates";

const MEANING =
  "Above: longer than a minute over 220 less the age. At rest: longer than a minute below 60 " +
  "beats/minute. A jump: more than 40 beats/minute within ten seconds. Choose a workout to see " +
  "its curve.";

const members = listed("user_id");
const workout = chosenWorkout();

if (!workout) showFilters([...DATES, MEMBER]);
showWay(steps());
show(workout ? ofWorkout() : ofAll());

function ofAll() {
  const parameters = {
    sort: "-severity",
    limit: PAGE_ROWS,
    cursor: given("cursor"),
    user_id: members,
  };
  return {
    questions: (range) => ({ abnormal: [PATH, { ...range, ...parameters }] }),
    render: ({ abnormal }, range) => [keyFigures(abnormal), abnormalPanel(abnormal, range)],
    nothing: (range) => nothingIn(range, "abnormal heart rates"),
  };
}

function ofWorkout() {
  return {
    questions: () => ({
      abnormal: [PATH, { ...rowOf(workout), limit: 1 }],
      curve: readingsOf(workout),
    }),
    render({ abnormal, curve }, range) {
      const row = abnormal.rows[0];
      return [
        row && workoutFigures(row, range),
        curvePanel(curve, { row: withoutAverage(row), predicted: row?.predicted_max_bpm }),
      ];
    },
    nothing: () => ({ title: "No such workout", text: "It may have been deleted since." }),
  };
}

const withoutAverage = (row) => row && { min_bpm: row.min_bpm, max_bpm: row.max_bpm };

function steps() {
  const found = [["All abnormal workouts", {}]];
  if (members.length) found.push([`Member ${members.join(", ")}`, { user_id: members }]);
  if (workout) found.push([`${instant(workout.start_time)} UTC`, workout]);
  const dates = { from_date: given("from_date"), to_date: given("to_date") };
  return found.map(([text, parameters]) => [text, query({ ...dates, ...parameters })]);
}

function keyFigures({ rows, next }) {
  const highest = most(rows, "max_bpm");
  const longest = most(rows, "above_max_seconds");
  const scope = next || given("cursor") ? "on this page" : "in these days";
  const above = rows.filter((row) => row.above_max_seconds > 0).length;
  return tiles([
    { name: "workouts", label: "Abnormal workouts", value: number(rows.length), note: scope },
    { name: "above", label: "Above maximum", value: number(above), note: "of these workouts" },
    {
      name: "longest",
      label: "Longest above",
      value: above ? duration(longest.above_max_seconds) : "–",
      note: above ? `member ${longest.user_id}` : null,
    },
    {
      name: "highest",
      label: "Highest",
      value: bpm(highest?.max_bpm),
      note: highest && `beats/minute, member ${highest.user_id}`,
    },
  ]);
}

function abnormalPanel(answer, range) {
  const parameters = { ...range, user_id: members };
  const cursor = cursorOf(answer.next);
  return panel({
    name: "abnormal",
    title: "Abnormal workouts",
    lead: MEANING,
    answer,
    nothing: "No more abnormal workouts",
    body: (rows) => [
      table({
        name: "abnormal",
        caption: "Abnormal workouts, the most severe first",
        rows,
        csv: answer.csv,
        columns: columnsOf(range),
      }),
      pageLinks(given("cursor") && query(parameters), cursor && query({ ...parameters, cursor })),
    ],
  });
}

function columnsOf(range) {
  return [
    {
      label: "Start (UTC)",
      cell: (row) => anchor(query({ ...range, ...keyOf(row) }), instant(row.start_time)),
      isText: true,
    },
    { label: "Member", cell: (row) => String(row.user_id) },
    {
      label: "What is abnormal",
      cell: (row) =>
        el(
          "ul",
          { class: "signs" },
          signs(row).map((sign) => el("li", {}, sign)),
        ),
      isLong: true,
    },
    { label: "Highest", cell: (row) => bpm(row.max_bpm) },
    { label: "Predicted max.", cell: (row) => number(row.predicted_max_bpm) },
    { label: "Age", cell: (row) => number(row.age_years) },
    { label: "Severity", cell: (row) => number(row.severity, 1) },
  ];
}

/** What is abnormal, in words. */
function signs(row) {
  const { above_max_seconds: above, resting_seconds: resting, jump_count: jumps } = row;
  return [
    above > 0 && `above maximum for ${duration(above)}`,
    resting > 0 && `at rest for ${duration(resting)}`,
    jumps > 0 && counted(jumps, "jump"),
  ].filter(Boolean);
}

function workoutFigures(row, range) {
  const found = el(
    "p",
    { class: "lead", "data-testid": "signs" },
    `Member ${row.user_id}, ${instant(row.start_time)} UTC: ${signs(row).join(", ")}.`,
  );
  const rest = anchor(
    `workouts${query({ ...range, user_id: row.user_id })}`,
    "All workouts of this member",
  );
  const figures = tiles([
    { name: "highest", label: "Highest", value: bpm(row.max_bpm), note: "beats/minute" },
    {
      name: "predicted",
      label: "Predicted maximum",
      value: number(row.predicted_max_bpm),
      note: row.age_years === null ? "age unknown" : `at ${row.age_years} years`,
    },
    { name: "above", label: "Above maximum", value: duration(row.above_max_seconds) },
    { name: "resting", label: "At rest", value: duration(row.resting_seconds) },
    { name: "jumps", label: "Jumps", value: number(row.jump_count) },
  ]);
  return el("div", { class: "about" }, found, figures, el("p", { class: "pages" }, rest));
}

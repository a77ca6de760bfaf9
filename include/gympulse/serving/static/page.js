import { drawCharts } from "./charts.js";
import { anchor, el } from "./dom.js";
import { Problem, ask, gather } from "./fetching.js";
import { DATES, dateRange, daysBefore, fillDates } from "./filters.js";
import { day, instant } from "./format.js";
import { given, query } from "./query.js";
import { empty, failed, loading, missing } from "./states.js";

const EARLIER_DAYS = 365;

const NOT_THERE = {
  title: "The gold tables are not there yet",
  text: "Trigger the DAG bronze, then silver and gold follow.",
};

/**
 * Asks for all that a page shows, and shows it.
 *
 * @param {Object} page
 * @param {function(Object): Object} page.questions Given the days, what to ask, as `gather` has it.
 * @param {function(Object, Object, Object): Node[]} page.render Given answers, days and freshness.
 * @param {function(Object): Object} page.nothing Given the days, what to say if there are no rows.
 * @param {Object} [page.notThere] What to say if the tables are not built yet.
 */
export async function show({ questions, render, nothing, notThere = NOT_THERE }) {
  const content = document.getElementById("page");
  content.replaceChildren(loading());
  try {
    const freshness = await freshnessOf();
    const range = dateRange(newest(freshness));
    fillDates(range);
    const answers = await gather(questions(range));
    showSources(answers, freshness);
    const whole = instead(Object.values(answers), () => nothing(range), notThere);
    content.replaceChildren(
      ...(whole ? [whole] : render(answers, range, freshness).filter(Boolean)),
    );
    await drawCharts();
  } catch (error) {
    const isProblem = error instanceof Problem;
    content.replaceChildren(failed(isProblem ? error : new Problem({ detail: error.message })));
    if (!isProblem) throw error;
  } finally {
    carryDates();
    document.body.dataset.ready = "true";
  }
}

/** Key figures: of each its `name`, `label`, `value`, and a `note`. */
export function tiles(figures) {
  const shown = figures.map(({ name, label, value, note }) =>
    el(
      "div",
      { class: "tile", "data-testid": `tile-${name}` },
      el("dt", {}, label),
      el(
        "dd",
        {},
        el("span", { class: "value" }, value),
        note && el("span", { class: "note" }, note),
      ),
    ),
  );
  return el("dl", { class: "tiles" }, shown);
}

/**
 * A part of a page under a heading of its own.
 *
 * @param {Object} section
 * @param {string} section.name For tests: `panel-NAME`.
 * @param {string} section.title
 * @param {string} [section.lead] What is to be known to read it.
 * @param {Node} [section.tabs] Links that choose what it shows.
 * @param {Object} section.answer What `gather` gave.
 * @param {function(Object[]): Array} section.body Asked with the rows, if there are any.
 * @param {string} [section.nothing] What it means that there are none.
 * @param {Object} [section.notThere] What to say if its table is not built yet.
 * @param {"whole"|"half"|"small"|"large"} [section.width] Small and large share a line.
 */
export function panel({ name, title, lead, tabs, width = "whole", ...content }) {
  const id = `heading-${name}`;
  return el(
    "section",
    { class: `panel ${width}`, "aria-labelledby": id, "data-testid": `panel-${name}` },
    el("h2", { id }, title),
    lead && el("p", { class: "lead" }, lead),
    tabs,
    contentOf(content),
  );
}

function contentOf({ answer, body, nothing = "Nothing in these days", notThere = NOT_THERE }) {
  if (answer.problem?.isMissing) return missing(notThere, answer.problem);
  if (answer.problem) return failed(answer.problem);
  return answer.rows.length > 0 ? body(answer.rows) : empty({ title: nothing });
}

/** No rows in the days asked for, and where there may be some. */
export function nothingIn(range, what) {
  const earlier = { ...range, from_date: daysBefore(range.from_date, EARLIER_DAYS) };
  const isBackward = range.to_date && range.from_date > range.to_date;
  const days = range.to_date
    ? `between ${day(range.from_date)} and ${day(range.to_date)}`
    : `since ${day(range.from_date)}`;
  return {
    title: `No ${what} in these days`,
    text: isBackward
      ? "The first day is after the last one: choose them the other way round."
      : `There are none ${days}. Choose other days above, or fewer filters.`,
    links: [
      anchor(query({ ...otherFilters(), ...earlier }), "Look a year further back"),
      anchor("?", "Reset filters"),
    ],
  };
}

function otherFilters() {
  const kept = new URLSearchParams(location.search);
  ["cursor", ...DATES.map(({ name }) => name)].forEach((name) => kept.delete(name));
  return Object.fromEntries([...new Set(kept.keys())].map((name) => [name, kept.getAll(name)]));
}

/** What stands in place of the whole page, where no part of it has anything of its own to say. */
function instead(answers, nothing, notThere) {
  const problems = answers.map(({ problem }) => problem).filter(Boolean);
  if (problems.length === answers.length) {
    return problems[0].isMissing ? missing(notThere, problems[0]) : failed(problems[0]);
  }
  const isEmpty = answers.every(({ rows }) => rows.length === 0);
  return isEmpty && problems.length === 0 ? empty(nothing()) : null;
}

async function freshnessOf() {
  try {
    return await ask("freshness");
  } catch (problem) {
    if (problem.isMissing) return { rows: [], sources: [], complete_through: null };
    throw problem;
  }
}

function newest({ complete_through: gold, rows }) {
  return (
    gold ??
    rows
      .map((row) => row.complete_through)
      .filter(Boolean)
      .sort()
      .at(-1) ??
    null
  );
}

function showSources(answers, freshness) {
  const all = Object.values(answers);
  const versions = all
    .flatMap(({ sources }) => sources)
    .map((each) => `${each.table} version ${each.version}`);
  const through = all
    .map((answer) => answer.complete_through)
    .filter(Boolean)
    .sort()[0];
  const known = through ?? freshness.complete_through;
  const words = [...new Set(versions)].join(", ");
  const line = document.getElementById("sources");
  line.textContent = words ? `From ${words}. Complete through ${instant(known)} UTC.` : "";
}

/** Days chosen on one page hold on the others. */
function carryDates() {
  const dates = query({ from_date: given("from_date"), to_date: given("to_date") });
  if (dates === "?") return;
  for (const link of document.querySelectorAll("nav[aria-label='Pages'] a")) {
    link.setAttribute("href", `${link.getAttribute("href")}${dates}`);
  }
}

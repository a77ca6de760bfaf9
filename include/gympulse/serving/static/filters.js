import { anchor, el } from "./dom.js";
import { given, givenAll, listed } from "./query.js";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 28;

const IDS = { type: "text", inputmode: "numeric", pattern: "\\s*\\d+(\\s*,\\s*\\d+)*\\s*" };

export const DATES = [
  { name: "from_date", label: "From", type: "date" },
  { name: "to_date", label: "To", type: "date" },
];
export const GYM = { name: "gym_id", label: "Gym", placeholder: "All, or 1, 3", ...IDS };
export const MEMBER = { name: "user_id", label: "Member", placeholder: "All, or 12001", ...IDS };

/**
 * Fills the form with what the query says; sending it loads the page anew.
 *
 * @param {Object[]} fields Of each its `name`, `label`, and what else its input has.
 * @param {string[]} kept Parameters that stay as they are.
 */
export function showFilters(fields, kept = []) {
  const form = document.getElementById("filters");
  const hidden = kept.flatMap((name) =>
    givenAll(name).map((value) => el("input", { type: "hidden", name, value })),
  );
  const actions = el(
    "div",
    { class: "actions" },
    el("button", { type: "submit", "data-testid": "filters-apply" }, "Apply"),
    anchor("?", "Reset", { "data-testid": "filters-reset" }),
  );
  form.replaceChildren(...hidden, ...fields.map(labelled), actions);
  form.hidden = false;
  form.addEventListener("formdata", ({ formData }) => leaveOutEmpty(formData, fields));
  boundDates(form);
}

/**
 * The days asked for; without a first one, the last 28 that the data reaches.
 *
 * @param {string|null} through Instant that the data is complete through; null for now.
 * @returns {{from_date: string, to_date: string|undefined}}
 */
export function dateRange(through) {
  const range = { from_date: given("from_date"), to_date: given("to_date") };
  if (range.from_date) return range;
  const newest = through ? new Date(through) : new Date();
  range.to_date ??= newest.toISOString().slice(0, 10);
  range.from_date = daysBefore(range.to_date, DEFAULT_DAYS - 1);
  return range;
}

/** Whether a text is a date, as 2026-01-31; 2026-02-31 is none. */
function isDate(text) {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) && text.length === 10;
}

/** The day so many days earlier; what is no date stays, for the server to say so. */
export function daysBefore(date, days) {
  if (!isDate(date)) return date;
  return new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
}

/** Shows the days that were asked for without the query saying so. */
export function fillDates(range) {
  const form = document.getElementById("filters");
  for (const { name } of DATES) {
    const input = form.elements[name];
    if (input && !input.value && isDate(range[name])) input.value = range[name];
  }
  boundDates(form);
}

function labelled({ name, label, ...attributes }) {
  const id = `filter-${name}`;
  const value = shownValue(name, attributes);
  const input = el("input", {
    id,
    name,
    "data-testid": id,
    ...attributes,
    value,
    autocomplete: "off",
  });
  return el("div", { class: "field" }, el("label", { for: id }, label), input);
}

/** What a field cannot show, as a date that is none, the browser would complain of. */
function shownValue(name, { type, pattern }) {
  const value = pattern === IDS.pattern ? listed(name).join(", ") : given(name);
  if (type === "date") return isDate(value) ? value : "";
  if (type === "number") return /^\d+$/.test(value) ? value : "";
  return value;
}

/** An empty field asks for nothing; the server would take it as a value. */
function leaveOutEmpty(formData, fields) {
  for (const { name } of fields) {
    if (!formData.get(name)?.trim()) formData.delete(name);
  }
}

function boundDates(form) {
  const { from_date: from, to_date: to } = form.elements;
  if (!from || !to) return;
  const bound = () => (to.min = from.value);
  from.oninput = bound;
  bound();
}

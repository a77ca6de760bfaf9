import { anchor, el } from "./dom.js";
import { counted, number } from "./format.js";

// A browser is slow beyond; the CSV has all of them.
const MOST_ROWS = 1000;

/**
 * A table in a box of its own that scrolls.
 *
 * @param {Object} table
 * @param {string} table.name For tests: `table-NAME`, `csv-NAME`.
 * @param {string} table.caption
 * @param {Object[]} table.columns Of each its `label`, `cell(row)` that gives text or an element,
 *     `isText` where it is no number, and `isLong` where that may need several lines.
 * @param {Object[]} table.rows
 * @param {string} [table.csv] Where the same rows are for a spreadsheet.
 */
export function table({ name, caption, columns, rows, csv }) {
  const heads = columns.map((column) =>
    el("th", { scope: "col", class: kind(column) }, column.label),
  );
  const shown = rows.slice(0, MOST_ROWS).map((row) => line(columns, row));
  const whole = el(
    "table",
    { "data-testid": `table-${name}` },
    el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, heads)),
    el("tbody", {}, shown),
  );
  const box = { class: "table-box", role: "region", tabindex: "0", "aria-label": caption };
  return el("div", { class: "table" }, el("div", box, whole), foot(name, rows.length, csv));
}

/** The same, closed until somebody wants it. */
export function foldedTable(given) {
  const summary = el("summary", {}, "The same figures in a table");
  const attributes = { class: "figures", "data-testid": `details-${given.name}` };
  return el("details", attributes, summary, table(given));
}

export const csvLink = (name, csv) =>
  anchor(csv, "Download CSV", { download: true, class: "csv", "data-testid": `csv-${name}` });

const kind = ({ isText, isLong }) => (isLong ? "long" : isText ? "text" : "number");

function line(columns, row) {
  const cells = columns.map((column, i) => {
    const attributes = { class: kind(column), scope: i === 0 ? "row" : null };
    return el(i === 0 ? "th" : "td", attributes, column.cell(row));
  });
  return el("tr", {}, cells);
}

function foot(name, count, csv) {
  const words =
    count > MOST_ROWS
      ? `The first ${number(MOST_ROWS)} of ${counted(count, "row")}; the CSV has all of them.`
      : counted(count, "row");
  return el("p", { class: "table-foot" }, el("span", {}, words), csv && csvLink(name, csv));
}

// Panels of what the platform has noted: unmet expectations, operations, verifications.

import { el } from "./dom.js";
import { instant, number } from "./format.js";
import { panel } from "./page.js";
import { table } from "./tables.js";

export function qualityPanel(answer) {
  return panel({
    name: "platform-quality",
    title: "Not as expected, in the last day",
    lead: "Expectations that rows did not meet, and that went on all the same.",
    answer,
    nothing: "All rows of the last day were as expected",
    notThere: { title: "Nothing has been looked at yet" },
    body: (rows) => [
      table({
        name: "platform-quality",
        caption: "Expectations that were not met",
        rows,
        csv: answer.csv,
        columns: [
          { label: "Latest (UTC)", cell: (row) => instant(row.latest), isText: true },
          { label: "Table", cell: (row) => row.table, isLong: true },
          { label: "Expectation", cell: (row) => row.rule, isLong: true },
          { label: "Consequence", cell: (row) => row.consequence, isText: true },
          { label: "Rows", cell: (row) => number(row.unexpected) },
        ],
      }),
    ],
  });
}

export function operationsPanel(answer) {
  return panel({
    name: "platform-operations",
    title: "Last operations",
    lead: "Backfills, rebuilds, reviews and what else was started by hand or by night.",
    answer,
    nothing: "No operation has run yet",
    notThere: { title: "No operation has run yet" },
    body: (rows) => [
      table({
        name: "platform-operations",
        caption: "Last operations",
        rows,
        csv: answer.csv,
        columns: [
          { label: "Ended (UTC)", cell: (row) => instant(row.finished_at), isText: true },
          { label: "Job", cell: (row) => row.job, isText: true },
          { label: "Mode", cell: (row) => row.mode ?? "", isText: true },
          { label: "By", cell: (row) => row.operator ?? "", isLong: true },
          { label: "Outcome", cell: outcome, isText: true },
          { label: "Reason", cell: (row) => row.reason ?? "", isLong: true },
          { label: "Operation", cell: (row) => row.operation_id, isLong: true },
        ],
      }),
    ],
  });
}

const outcome = (row) => (row.is_dry_run ? `${row.outcome}, dry run` : row.outcome);

export function verifyPanel(answer) {
  return panel({
    name: "platform-verify",
    title: "Verifications",
    answer,
    nothing: "No verification has run yet: trigger the DAG verify",
    notThere: { title: "No verification has run yet", text: "Trigger the DAG verify." },
    body: (rows) => [
      table({
        name: "platform-verify",
        caption: "Tables as the last verifications found them",
        rows,
        csv: answer.csv,
        columns: [
          { label: "Table", cell: (row) => row.table, isLong: true },
          { label: "Found", cell: found, isText: true },
          { label: "Expected", cell: (row) => number(row.rows_expected) },
          { label: "Missing", cell: (row) => number(row.missing) },
          { label: "Extra", cell: (row) => number(row.extra) },
          { label: "Different", cell: (row) => number(row.different) },
          { label: "Ended (UTC)", cell: (row) => instant(row.finished_at), isText: true },
          { label: "Operation", cell: (row) => row.operation_id, isLong: true },
        ],
      }),
    ],
  });
}

/** A verification may differ in one table only. */
function found(row) {
  const isEqual = !row.missing && !row.extra && !row.different;
  return el(
    "span",
    { class: isEqual ? "badge good" : "badge bad" },
    isEqual ? "✓ equal" : "✗ different",
  );
}

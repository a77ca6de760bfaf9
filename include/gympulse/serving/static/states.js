// What a page, or a part of it, shows in place of rows.

import { anchor, el } from "./dom.js";

const AGAIN = "Try again";

/** What to do, by status; the problem's own detail stands beside it. */
const ADVICE = {
  0: "Try again in a moment.",
  401: "Sign in to Airflow again, then come back to this page.",
  403: "Ask whoever runs Airflow for leave to see this page.",
  422: "Correct the filters above, or reset them.",
  429: "Wait a moment, then try again.",
  503: "Try again in a moment; fewer days are answered sooner.",
};

export function loading() {
  const bars = [1, 2, 3].map(() => el("div", { class: "skeleton", "aria-hidden": "true" }));
  const words = el("p", { class: "visually-hidden", role: "status" }, "Loading…");
  return el("div", { class: "loading", "data-testid": "state-loading" }, words, bars);
}

/** There is nothing, and what to do about it. */
export const empty = ({ title, text, links = [] }) => state("empty", title, [text], links);

/** A table is not there yet. */
export const missing = ({ title, text }, problem) =>
  state("missing", title, [text, problem.detail]);

/** Something failed: what, and what to do. */
export function failed(problem) {
  const found = (problem.errors ?? []).map((each) =>
    el("li", {}, `${each.parameter}: ${each.detail}`),
  );
  const lines = [found.length ? el("ul", {}, found) : problem.detail, ADVICE[problem.status]];
  return state("error", problem.title, lines, [anchor(location.href, AGAIN)]);
}

function state(kind, title, lines, links = []) {
  const shown = lines.filter(Boolean);
  return el(
    "div",
    {
      class: `state state-${kind}`,
      "data-testid": `state-${kind}`,
      role: kind === "error" ? "alert" : "status",
    },
    el("p", { class: "state-title" }, title),
    shown.map((line) => (typeof line === "string" ? el("p", {}, line) : line)),
    links.length > 0 && el("p", { class: "state-links" }, links),
  );
}

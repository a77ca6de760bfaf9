import { anchor, el } from "./dom.js";

/**
 * Shows the way down to what the page shows, each step a link back; the last one is where one is.
 *
 * @param {[string, string][]} steps Of each its text and where it leads.
 */
export function showWay(steps) {
  const way = document.getElementById("way");
  way.hidden = steps.length < 2;
  const items = steps.map(([text, href], i) => {
    const current = i === steps.length - 1 ? "page" : null;
    return el("li", {}, anchor(href, text, { "aria-current": current }));
  });
  way.replaceChildren(el("ol", { "data-testid": "breadcrumb" }, items));
}

/** Links to the next page of a table, and back to the first one. */
export function pageLinks(first, next) {
  if (!first && !next) return null;
  return el(
    "p",
    { class: "pages" },
    first && anchor(first, "First page", { "data-testid": "page-first" }),
    next && anchor(next, "Next page", { "data-testid": "page-next", rel: "next" }),
  );
}

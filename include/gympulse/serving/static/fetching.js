import { query } from "./query.js";

// The server gives up on a question long before.
const LONGEST_MS = 60_000;

const UNREACHABLE = {
  title: "The server cannot be reached",
  detail: "No answer came. Check the connection, or whether the server still runs.",
};

const UNREADABLE = {
  title: "The answer cannot be read",
  detail: "What came is not JSON. You may have to sign in again.",
};

/** An answer other than rows, as its problem document (RFC 9457) has it. */
export class Problem extends Error {
  constructor({ status = 0, title = "Something went wrong", detail = "", type = "", errors = [] }) {
    super(detail || title);
    Object.assign(this, { status, title, detail, type, errors });
  }

  /** Whether a table has not been built yet. */
  get isMissing() {
    return this.status === 404 && String(this.type).endsWith("table-missing");
  }
}

/** Where the API answers, as seen from a page. */
export const address = (path, parameters = {}) => `../${path}${query(parameters)}`;

/** The same rows for a spreadsheet. */
export const csvAddress = (path, parameters = {}) =>
  address(path, { ...parameters, format: "csv" });

/**
 * Asks the API: `{rows, sources, complete_through, next}`.
 *
 * @throws {Problem} In every case but an answer.
 */
export async function ask(path, parameters = {}) {
  const response = await reach(address(path, parameters));
  const text = await response.text();
  if (!response.ok) throw problemOf(response, text);
  try {
    return JSON.parse(text, exactly);
  } catch {
    // A proxy's page of its own, such as one to sign in on, comes with a status of success.
    throw new Problem({ ...UNREADABLE, status: response.status });
  }
}

/**
 * Asks several things at once, each failing alone.
 *
 * @param {Object<string, [string, Object]>} questions Path and parameters, by name.
 * @returns By name: the answer, or `{problem}`; `csv` is where its rows are for a spreadsheet.
 */
export async function gather(questions) {
  const answered = Object.entries(questions).map(async ([name, [path, parameters]]) => {
    const csv = csvAddress(path, parameters);
    try {
      return [name, { ...(await ask(path, parameters)), csv }];
    } catch (problem) {
      return [name, { problem, rows: [], sources: [], csv }];
    }
  });
  return Object.fromEntries(await Promise.all(answered));
}

async function reach(url) {
  const headers = { Accept: "application/json" };
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(LONGEST_MS) });
  } catch {
    throw new Problem(UNREACHABLE);
  }
}

/** A proxy on the way may answer with a page of its own instead of a problem document. */
function problemOf(response, text) {
  try {
    return new Problem({ ...JSON.parse(text), status: response.status });
  } catch {
    const title = `The server answered ${response.status} ${response.statusText}`.trim();
    return new Problem({ status: response.status, title });
  }
}

/** Identifiers go beyond what a number holds exactly; those stay as they were written. */
function exactly(key, value, context) {
  const isInexact = typeof value === "number" && !Number.isSafeInteger(value);
  return isInexact && key.endsWith("_id") ? (context?.source ?? value) : value;
}

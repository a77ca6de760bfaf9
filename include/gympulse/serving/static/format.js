// Numbers and instants as people read them. What is unknown is a dash; instants are UTC.

export const UNKNOWN = "–";

const isUnknown = (value) => value === null || value === undefined;

/** A number with thousands separators; identifiers too large for a number stay as they are. */
export function number(value, digits = 0) {
  if (isUnknown(value)) return UNKNOWN;
  if (typeof value === "string") return value;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

export const percent = (value) => (isUnknown(value) ? UNKNOWN : `${number(value, 1)} %`);

/** A heart rate, with one digit behind the point, so that those of a column line up. */
export function bpm(value) {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return isUnknown(value) ? UNKNOWN : value.toLocaleString("en", digits);
}

/** "1 visit", "2,304 visits". */
export function counted(value, one, several = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : several}`;
}

const formatter = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = formatter({ day: "numeric", month: "short", year: "numeric" });
const TIME = formatter({ hour: "2-digit", minute: "2-digit" });
const EXACT = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** What is no instant, as an address may say, stays as it is. */
function formatted(value, format) {
  if (isUnknown(value)) return UNKNOWN;
  const at = new Date(value);
  return Number.isNaN(at.valueOf()) ? String(value) : format(at);
}

/** "24 Nov 2026", of a date or of an instant. */
export const day = (value) => formatted(value, DAY.format);

/** "24 Nov 2026, 10:00". */
export const instant = (value) => formatted(value, (at) => `${DAY.format(at)}, ${TIME.format(at)}`);

/** "10:00:05". */
export const clock = (value) => formatted(value, EXACT.format);

export const hour = (value) => `${String(value).padStart(2, "0")}:00`;

/** "9 s", "4.5 min", "3.2 h", "12 days". */
export function duration(seconds) {
  if (isUnknown(seconds)) return UNKNOWN;
  if (seconds < 60) return `${number(seconds)} s`;
  if (seconds < 5400) return `${number(seconds / 60, 1)} min`;
  if (seconds < 172800) return `${number(seconds / 3600, 1)} h`;
  return `${number(seconds / 86400, 1)} days`;
}

/** Minutes as hours, for sums of many visits. */
export const hours = (minutes) => (isUnknown(minutes) ? UNKNOWN : number(minutes / 60, 1));

/** Cut in the middle of a chart, where the whole would leave no room for it. */
export function shortened(text, most = 24) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
}

// What a page shows is in its query: filters, the way down, the page of a table.

const asked = new URLSearchParams(location.search);

/** What the query says, or undefined where that is nothing. */
export const given = (name) => asked.get(name)?.trim() || undefined;

/** All that the query says, where nothing is something, too: a group may have an empty name. */
export const givenAll = (name) => asked.getAll(name);

/** Several numbers, as `gym_id=1,3` or as `gym_id=1&gym_id=3`. */
export function listed(name) {
  const words = asked.getAll(name).flatMap((each) => each.split(","));
  return words.map((word) => word.trim()).filter((word) => word !== "");
}

/** A query; what is null or undefined is left out, a list is repeated. */
export function query(parameters) {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) {
      if (each !== null && each !== undefined) written.append(name, each);
    }
  }
  return `?${written}`;
}

/** The cursor of the next page, of what an answer says is next; null after the last. */
export const cursorOf = (next) => (next ? new URLSearchParams(next).get("cursor") : null);

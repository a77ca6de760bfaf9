// What rows come to.

/** A column's sum; unknown counts nothing. */
export const sum = (rows, column) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);

/** The first row with a column's greatest value; null of no rows. */
export const most = (rows, column) =>
  rows.reduce((best, row) => (best && best[column] >= row[column] ? best : row), null);

/** Rows by one column's values, in the order in which those come. */
export function grouped(rows, column) {
  const groups = new Map();
  for (const row of rows) {
    if (groups.has(row[column])) groups.get(row[column]).push(row);
    else groups.set(row[column], [row]);
  }
  return groups;
}

// Charts of gyms: how each is drawn, and what it shows in a sentence.

import { DAY, axis, dayAxis, look } from "./charts.js";
import { counted, day, hour, hours, number } from "./format.js";
import { grouped, most, sum } from "./rows.js";

// More lines than this cannot be told apart.
const MOST_LINES = 7;
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

export const weekday = (n) => WEEKDAYS[n - 1] ?? String(n);

/** One total for each gym, by gym. */
export function gymTotals(rows) {
  const totals = [...grouped(rows, "gym_id")].map(([gym_id, days]) => ({
    gym_id,
    visits: sum(days, "visits"),
    minutes_in_gym: sum(days, "minutes_in_gym"),
    minutes_exercising: sum(days, "minutes_exercising"),
  }));
  return totals.sort((a, b) => a.gym_id - b.gym_id);
}

/** Lines of visits by day; a day without a row is a day without visits. */
export function visitLines(rows) {
  const { lines, dates } = byGym(rows, "visits");
  return (theme) => ({
    traces: lines.map(({ label, values }, i) => {
      const { color, symbol } = look(theme, i);
      return {
        type: "scatter",
        mode: "lines+markers",
        name: label,
        x: dates,
        y: values,
        line: { color, width: 2 },
        marker: { color, symbol, size: 6 },
        hovertemplate: `${label}<br>%{x|%a %e %b %Y}: %{y:,} visits<extra></extra>`,
      };
    }),
    layout: layoutOf(theme, lines, dates, "Visits"),
  });
}

/** Stacked bars of hours spent in gyms by day. */
export function hourBars(rows) {
  const { lines, dates } = byGym(rows, "minutes_in_gym");
  return (theme) => ({
    traces: lines.map(({ label, values }, i) => ({
      type: "bar",
      name: label,
      x: dates,
      y: values.map((minutes) => minutes / 60),
      marker: { color: look(theme, i).color, line: { color: theme.surface, width: 1 } },
      hovertemplate: `${label}<br>%{x|%a %e %b %Y}: %{y:,.1f} hours<extra></extra>`,
    })),
    layout: { ...layoutOf(theme, lines, dates, "Hours in gyms"), barmode: "stack", bargap: 0.25 },
  });
}

export function daysSummary(rows) {
  const busiest = most(daily(rows), "visits");
  const totals = gymTotals(rows);
  const gyms = totals.length === 1 ? `gym ${totals[0].gym_id}` : `${totals.length} gyms`;
  return (
    `Visits to ${gyms} by day: ${counted(sum(rows, "visits"), "visit")} in all, ` +
    `most on ${day(busiest.date)} with ${number(busiest.visits)}.`
  );
}

export function minutesSummary(rows) {
  const longest = most(daily(rows), "minutes_in_gym");
  return (
    `Hours spent in gyms by day: ${hours(sum(rows, "minutes_in_gym"))} in all, ` +
    `most on ${day(longest.date)} with ${hours(longest.minutes_in_gym)}.`
  );
}

/** Each day's total over all gyms. */
export function daily(rows) {
  return [...grouped(rows, "date")].map(([date, gyms]) => ({
    date,
    visits: sum(gyms, "visits"),
    minutes_in_gym: sum(gyms, "minutes_in_gym"),
  }));
}

/** Average people by hour of the week, over all gyms together. */
export function weekHeat(rows) {
  const people = hoursOfWeek(rows);
  return (theme) => ({
    traces: [
      {
        type: "heatmap",
        z: people,
        x: [...Array(24).keys()],
        y: WEEKDAYS.map((name) => (theme.isNarrow ? name.slice(0, 3) : name)),
        text: people.map((row) => row.map((_, at) => hour(at))),
        colorscale: theme.scale,
        xgap: theme.isNarrow ? 1 : 2,
        ygap: theme.isNarrow ? 1 : 2,
        zmin: 0,
        showscale: !theme.isNarrow,
        colorbar: {
          title: { text: "People", font: { color: theme.muted } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { color: theme.muted },
        },
        hovertemplate: "%{y} %{text}<br>%{z:,.1f} people on average<extra></extra>",
      },
    ],
    layout: {
      xaxis: axis(theme, { showgrid: false, zeroline: false, ...hourTicks(theme) }),
      yaxis: axis(theme, { showgrid: false, zeroline: false, autorange: "reversed" }),
      margin: { t: 12, r: 0, b: 36, l: 44 },
    },
  });
}

function hourTicks(theme) {
  const step = theme.isNarrow ? 6 : 2;
  const tickvals = [...Array(24 / step).keys()].map((n) => n * step);
  return { tickangle: 0, tickvals, ticktext: tickvals.map(hour) };
}

export function weekSummary(rows) {
  const cells = hoursOfWeek(rows).flatMap((people, i) =>
    people.map((average, at) => ({ average, at, name: WEEKDAYS[i] })),
  );
  const fullest = most(cells, "average");
  return (
    `Average people by hour of the week: fullest on ${fullest.name} from ${hour(fullest.at)}, ` +
    `with ${number(fullest.average, 1)} people.`
  );
}

/** Hours of exercise against the other hours, one bar for each gym. */
export function activeBars(totals) {
  const names = totals.map(({ gym_id: id }) => `Gym ${id}`);
  const bar = (name, minutes, color) => ({
    type: "bar",
    orientation: "h",
    name,
    y: names,
    x: minutes.map((each) => each / 60),
    marker: { color },
    hovertemplate: `%{y}<br>${name}: %{x:,.1f} hours<extra></extra>`,
  });
  return (theme) => ({
    traces: [
      bar(
        "Exercising",
        totals.map((each) => each.minutes_exercising),
        theme.colours[0],
      ),
      bar("Other time", totals.map(idle), theme.colours[4]),
    ],
    layout: {
      barmode: "stack",
      bargap: 0.35,
      xaxis: axis(theme, { title: { text: "Hours" }, tickformat: ",~r" }),
      yaxis: axis(theme, { autorange: "reversed", type: "category", showgrid: false }),
    },
  });
}

export const idle = (row) => row.minutes_in_gym - row.minutes_exercising;

export const share = (row) =>
  row.minutes_in_gym > 0 ? (100 * row.minutes_exercising) / row.minutes_in_gym : null;

export function activeSummary(totals) {
  const best = most(
    totals.map((row) => ({ ...row, share: share(row) ?? 0 })),
    "share",
  );
  return (
    `Exercise against other time in ${counted(totals.length, "gym")}: the largest share of ` +
    `exercise is ${number(best.share, 1)} percent, in gym ${best.gym_id}.`
  );
}

function hoursOfWeek(rows) {
  const people = WEEKDAYS.map(() => Array(24).fill(0));
  for (const row of rows) people[row.weekday - 1][row.hour] += row.average_people ?? 0;
  return people;
}

/** Values by day for each gym; beyond the largest few, the others are one. */
function byGym(rows, column) {
  const totals = gymTotals(rows).sort((a, b) => b[column] - a[column]);
  const own = totals.length > MOST_LINES ? totals.slice(0, MOST_LINES - 1) : totals;
  const ids = own.map((row) => row.gym_id).sort((a, b) => a - b);
  const dates = everyDay(rows);
  const values = (some) => {
    const days = grouped(some, "date");
    return dates.map((date) => sum(days.get(date) ?? [], column));
  };
  const lines = ids.map((id) => ({
    label: `Gym ${id}`,
    values: values(rows.filter((row) => row.gym_id === id)),
  }));
  if (own.length < totals.length) {
    const others = rows.filter((row) => !ids.includes(row.gym_id));
    lines.push({ label: "Other gyms", values: values(others) });
  }
  return { lines, dates };
}

function everyDay(rows) {
  const dates = rows.map((row) => row.date).sort();
  const found = [];
  for (let at = Date.parse(dates[0]); at <= Date.parse(dates.at(-1)); at += DAY) {
    found.push(new Date(at).toISOString().slice(0, 10));
  }
  return found;
}

const layoutOf = (theme, lines, dates, title) => ({
  showlegend: lines.length > 1,
  xaxis: dayAxis(theme, dates),
  yaxis: axis(theme, { title: { text: title }, rangemode: "tozero", tickformat: ",~r" }),
});

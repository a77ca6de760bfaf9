import { DATES, GYM, showFilters } from "./filters.js";
import { counted, day, hour, hours, number, percent } from "./format.js";
import { daily, gymTotals, share } from "./gym_charts.js";
import { activePanel, busiestPanel, minutesPanel, visitsPanel, weekPanel } from "./gym_panels.js";
import { nothingIn, show, tiles } from "./page.js";
import { given, listed } from "./query.js";
import { most, sum } from "./rows.js";

const CAPACITY = {
  name: "capacity",
  label: "Capacity",
  type: "number",
  min: 1,
  max: 1000000,
  placeholder: "Most at once",
};

showFilters([...DATES, GYM, CAPACITY]);
show({
  questions(range) {
    const filters = { ...range, gym_id: listed("gym_id") };
    return {
      days: ["views/gym-days", filters],
      week: ["views/gym-hours", filters],
      busiest: ["views/busiest-hours", { ...filters, capacity: given("capacity") }],
    };
  },
  render: ({ days, week, busiest }, range) => [
    keyFigures(days.rows, busiest.rows),
    visitsPanel(days),
    minutesPanel(days),
    weekPanel(week, days, range),
    activePanel(days),
    busiestPanel(busiest),
  ],
  nothing: (range) => nothingIn(range, "visits"),
});

function keyFigures(days, busiest) {
  const minutes = sum(days, "minutes_in_gym");
  const active = share({
    minutes_in_gym: minutes,
    minutes_exercising: sum(days, "minutes_exercising"),
  });
  const top = busiest[0];
  const busiestDay = most(daily(days), "visits");
  const gyms = gymTotals(days).length;
  return tiles([
    {
      name: "visits",
      label: "Visits",
      value: number(sum(days, "visits")),
      note: `to ${counted(gyms, "gym")}`,
    },
    {
      name: "hours",
      label: "Hours in gyms",
      value: hours(minutes),
      note: "of all members together",
    },
    {
      name: "exercising",
      label: "Exercising",
      value: percent(active),
      note: "of the time in gyms",
    },
    {
      name: "peak",
      label: "Most at once",
      value: number(top?.peak_people),
      note: top && `gym ${top.gym_id}, ${day(top.date)}, ${hour(top.hour)}`,
    },
    {
      name: "busiest-day",
      label: "Busiest day",
      value: number(busiestDay?.visits),
      note: busiestDay && `visits on ${day(busiestDay.date)}`,
    },
  ]);
}

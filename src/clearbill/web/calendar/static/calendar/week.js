// What fits in the week: as many appointments beside each other as can be read; the rest of each hour is counted.
const WEEK_LEGIBLE = 90, WEEK_REST = 42;

// Rows, earliest first, as lists of those that run into each other.
const weekClusters = (rows) => {
  const found = [];
  let until = "";
  for (const row of rows) {
    if (row.start >= until) found.push([]);
    found[found.length - 1].push(row);
    if (row.end > until) until = row.end;
  }
  return found;
};
// For each row the first lane that is free when it starts.
const weekLanes = (rows) => {
  const ends = [];
  return rows.map((row) => {
    const free = ends.findIndex((end) => end <= row.start), lane = free < 0 ? ends.length : free;
    ends[lane] = row.end;
    return lane;
  });
};
const nextHour = (start) => (start.slice(11, 13) === "23" ? `${start.slice(0, 11)}23:59` : `${start.slice(0, 11)}${String(Number(start.slice(11, 13)) + 1).padStart(2, "0")}:00`);

// One cluster in a column of this width: rows with their lane, and for each hour with others one entry that holds them.
const weekCluster = (rows, width) => {
  const lanes = weekLanes(rows), depth = Math.max(...lanes) + 1;
  if (depth === 1 || depth * WEEK_LEGIBLE <= width) return rows;
  const kept = Math.max(1, Math.floor((width - WEEK_REST) / WEEK_LEGIBLE)), hours = new Map();
  rows.forEach((row, at) => { if (lanes[at] >= kept) hours.set(row.start.slice(0, 13), [...(hours.get(row.start.slice(0, 13)) ?? []), row]); });
  const last = rows.reduce((end, row) => (row.end > end ? row.end : end), "");
  const rest = [...hours.values()].map((hidden) => {
    const start = hidden[0].start, end = nextHour(start) < last ? nextHour(start) : last;
    return { id: `more-${start}-${hidden.length}`, start, end, title: "", more: hidden };
  });
  return [...rows.flatMap((row, at) => (lanes[at] < kept ? [{ ...row, lane: lanes[at], lanes: kept }] : [])), ...rest];
};
// The whole week, for columns of this width.
window.fitWeek = (rows, width) => weekClusters(rows).flatMap((cluster) => weekCluster(cluster, width));
// How much fits in a column of this width: the week is laid out again only when this changes.
window.weekRoom = (width) => `${Math.floor(width / WEEK_LEGIBLE)} ${Math.floor((width - WEEK_REST) / WEEK_LEGIBLE)}`;

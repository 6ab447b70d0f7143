// A page that nobody looks at asks nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-poll]")) event.preventDefault();
});
// A diagnosis that was chosen brings its words along.
document.addEventListener("combo:chosen", (event) => {
  const row = event.target.closest("[data-diagnosis]");
  if (!row) return;
  const words = row.querySelector("[name$=-description]");
  if (words) words.value = event.detail.title || "";
});
// Tick all, and how many are ticked. The browser's Back finds the ticks again: their numbers, nothing else, stay with the page's place in the history.
const all = document.querySelector("[data-tick-all]");
if (all) {
  const ticks = [...document.querySelectorAll("[data-tick]")], said = document.querySelector("[data-ticked]");
  const follow = () => {
    const on = ticks.filter((tick) => tick.checked).length;
    all.checked = on === ticks.length; all.indeterminate = on > 0 && on < ticks.length;
    if (said) said.textContent = on ? `${on} of ${ticks.length} ticked` : "";
  };
  const keep = () => history.replaceState({ ...history.state, ticked: ticks.filter((tick) => tick.checked).map((tick) => tick.value) }, "");
  const kept = history.state?.ticked;
  if (kept) for (const tick of ticks) tick.checked = kept.includes(tick.value);
  all.hidden = false;
  all.addEventListener("change", () => { for (const tick of ticks) tick.checked = all.checked; follow(); keep(); });
  for (const tick of ticks) tick.addEventListener("change", () => { follow(); keep(); });
  window.addEventListener("pageshow", follow);
}

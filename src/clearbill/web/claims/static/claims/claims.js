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
// What stands beside a field is about what it holds: whose number it is follows, and what was said of another value goes.
document.addEventListener("input", ({ target }) => {
  if (!target.closest("#claim-form")) return;
  const beside = (part) => document.getElementById(`${target.id}-${part}`);
  const problems = beside("problems"), hint = beside("hint");
  if (problems && target.defaultValue !== undefined) problems.hidden = target.value !== target.defaultValue;
  if (!hint || !target.list) return;
  const held = target.value.trim().toUpperCase();
  hint.textContent = [...target.list.options].find((one) => one.value.toUpperCase() === held)?.textContent ?? "";
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

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
// Tick all, and how many are ticked.
const all = document.querySelector("[data-tick-all]");
if (all) {
  const ticks = [...document.querySelectorAll("[data-tick]")], said = document.querySelector("[data-ticked]");
  const follow = () => {
    const on = ticks.filter((tick) => tick.checked).length;
    all.checked = on === ticks.length; all.indeterminate = on > 0 && on < ticks.length;
    if (said) said.textContent = on ? `${on} of ${ticks.length} ticked` : "";
  };
  all.hidden = false;
  all.addEventListener("change", () => { for (const tick of ticks) tick.checked = all.checked; follow(); });
  for (const tick of ticks) tick.addEventListener("change", follow);
  window.addEventListener("pageshow", follow);
}

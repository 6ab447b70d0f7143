// Small comforts of the invoice pages; every page works without them.
const all = document.querySelector("[data-tick-all]");
if (all) {
  const ticks = [...document.querySelectorAll("[data-tick]")];
  const follow = () => { const on = ticks.filter((tick) => tick.checked).length; all.checked = on === ticks.length; all.indeterminate = on > 0 && on < ticks.length; };
  all.hidden = false;
  all.addEventListener("change", () => { for (const tick of ticks) tick.checked = all.checked; });
  for (const tick of ticks) tick.addEventListener("change", follow);
}

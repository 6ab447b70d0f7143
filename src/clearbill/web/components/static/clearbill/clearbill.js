// Small comforts; every page works without them.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.getElementById("search");
    if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
  }
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// A filter is sent when it is chosen. The arrow keys walk through a closed list and choose at each step:
// then it is sent with Enter, or when it is left.
let walking = false, walked = null;
const send = (select) => { walked = null; select.form.requestSubmit(); };
document.addEventListener("keydown", (event) => {
  if (!event.target.matches("select[data-submit-on-change]")) return;
  if (event.key === "Enter" && walked === event.target) { event.preventDefault(); send(walked); return; }
  walking = true;
  window.setTimeout(() => { walking = false; }, 0);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-submit-on-change]")) return;
  if (walking) walked = event.target; else send(event.target);
});
document.addEventListener("focusout", (event) => { if (walked === event.target) send(walked); });
document.addEventListener("focusin", (event) => {
  // A row of links that goes beyond the screen comes along; the browser leaves one that is seen in part.
  if (event.target.matches("nav a, nav button")) event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// A form is sent once: a second click does nothing. A form that answers with a file stays, so it is released again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = (form.dataset.losesTyped && form.dataset.confirmTyped) || form.dataset.confirm;
  if (question && !form.dataset.sent && !window.confirm(question)) { event.preventDefault(); return; }
  if (form.method !== "post" || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
  if (!form.hasAttribute("hx-post") && !form.hasAttribute("hx-get")) {
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, 5000);
  }
});
window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
// A piece of the page that does not come: said once, and no longer when something comes again.
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, (event) => {
    const { status } = event.detail.xhr;
    if (!status || status >= 500) document.getElementById("no-answer").hidden = false;
  });
}
document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) document.getElementById("no-answer").hidden = true; });
// What is wrong has the focus; else the search that this page answers, so that one can go on from there.
const wrong = document.querySelector("[data-focus]"), searched = document.querySelector('main[data-answered] form[role="search"] input[type="search"]');
if (wrong) wrong.focus();
else if (searched && searched.value) searched.focus();

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
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("focusin", (event) => {
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
const wrong = document.querySelector("[data-focus]");
if (wrong) wrong.focus();

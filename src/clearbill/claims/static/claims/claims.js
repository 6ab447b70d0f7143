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

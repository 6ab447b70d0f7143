// What was typed is not lost by a link, by Back or by a closed tab: the browser asks first, in its own words.
// Nothing of it is kept anywhere. Searches, filters and ticks that only choose rows are nothing typed.
(() => {
  const FORMS = 'main form[method="post"]:not([role="search"], [data-nothing-lost])';
  const NOT_TYPED = "button, fieldset, output, [type=submit], [data-tick], [data-submit-on-change]";
  const loaded = new Map();

  const fields = (form) => [...form.elements].filter((field) => field.name && !field.matches(NOT_TYPED));
  const state = (form) => JSON.stringify(fields(form).map((field) => [field.name, field.value, field.checked === true]));
  const hasFields = (form) => fields(form).some((field) => field.type !== "hidden");
  // A page that answers a form shows what is not saved yet. A file is never shown again, so its form has lost it already.
  const isAnswer = (form) => "unsaved" in form.dataset || ("answered" in form.closest("main").dataset && form.enctype !== "multipart/form-data" && hasFields(form));

  const isSent = (form) => Boolean(form.dataset.sent);
  const hasChanged = (form) => form.isConnected && state(form) !== loaded.get(form);
  // What was sent with one of the answered forms is no longer lost with the page; what was typed into another form is.
  const isUnsaved = () => {
    const open = [...loaded.keys()].filter((form) => form.isConnected), answered = open.filter(isAnswer);
    return open.some((form) => !isSent(form) && hasChanged(form)) || (answered.length > 0 && !answered.some(isSent));
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll(FORMS)) loaded.set(form, state(form));
  });
  // A step that would lose what was typed elsewhere on the page asks in its own words (data-confirm-typed), and once.
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-confirm-typed]")) target.dataset.losesTyped = isUnsaved() ? "yes" : "";
  }, true);
  window.addEventListener("beforeunload", (event) => {
    const isAsked = [...document.querySelectorAll("form[data-confirm], form[data-confirm-typed]")].some(isSent);
    if (!isAsked && isUnsaved()) event.preventDefault();
  });
})();

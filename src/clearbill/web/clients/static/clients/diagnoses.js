// In the diagnosis editor a chosen code is added at once, by the same step as the button.
document.addEventListener("combo:chosen", (event) => {
  const input = event.target;
  if (input.id !== "diagnosis_text") return;
  const hit = document.createElement("input");
  hit.type = "hidden"; hit.name = "diagnosis_hit"; hit.value = event.detail.value;
  input.closest("#diagnoses").append(hit);
  document.getElementById("add-diagnosis").click();
});
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "diagnosis_text" || event.key !== "Enter" || event.defaultPrevented) return;
  event.preventDefault();
  document.getElementById("add-diagnosis").click();
});
// The list was replaced: typing goes on where it was, and what happened is read out.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "diagnoses") return;
  const said = document.getElementById("diagnoses-said");
  const words = said.textContent;
  said.textContent = "";
  window.setTimeout(() => { said.textContent = words; }, 60);
  const first = event.detail.target.querySelector(".hits input") || document.getElementById("diagnosis_text");
  first.focus();
});

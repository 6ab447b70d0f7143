// A client by words: what the combobox found is kept as an id beside the words; other words make it forgotten.
for (const field of document.querySelectorAll("[data-client-field]")) {
  const input = field.querySelector("input[name=client_words]");
  const said = field.querySelector("[data-chosen]");
  let id = field.querySelector("input[type=hidden][name=client]");
  input.addEventListener("combo:chosen", (event) => { id.value = event.detail.value; said.textContent = event.detail.title; field.querySelector("[data-archived]")?.remove(); });
  input.addEventListener("input", () => {
    const radios = field.querySelector("[data-hits]");
    if (radios) {
      radios.remove();
      id = Object.assign(document.createElement("input"), { type: "hidden", name: "client" });
      field.append(id);
    }
    id.value = ""; said.textContent = "";
  });
}

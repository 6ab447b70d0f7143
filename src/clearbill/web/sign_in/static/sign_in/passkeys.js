// Passkeys: a form marked data-passkey asks the browser to make one ("create") or to use one ("get") before it is sent.
(() => {
  const known = window.PublicKeyCredential?.parseRequestOptionsFromJSON && isSecureContext;
  const isName = !/^[\d.]+$|^\[/.test(location.hostname);

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
    return answer.json();
  }

  async function credentialOf(form) {
    const options = (await optionsOf(form)).publicKey;
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = known && isName;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = !(known && isName);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const refused = form.querySelector("[data-passkey-refused]");
      refused.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify((await credentialOf(form)).toJSON());
      } catch {
        refused.hidden = false;
        return;
      }
      form.submit();
    });
  }
})();

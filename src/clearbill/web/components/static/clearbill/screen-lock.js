// An unattended screen: after so many minutes without a touch the page covers itself and locks the session; the password
// opens both again, and what was typed stays. Tabs tell each other of use.
(() => {
  const minutes = Number(document.body.dataset.idleMinutes);
  const cover = document.getElementById("screen-lock");
  if (!minutes || !cover) return;
  const form = cover.querySelector("form"), why = document.getElementById("screen-lock-why");
  const USED = "clearbill-used-at", LOOKS_EVERY = 15_000;
  let title = document.title;

  const lastUse = () => Number(localStorage.getItem(USED));
  const used = () => { if (cover.hidden) localStorage.setItem(USED, Date.now()); };

  // Asked as a piece of a page is: an answer in a page would be of no use here.
  const send = (to) => fetch(to, { method: "POST", body: new FormData(form), redirect: "manual" });

  function show(isLocked) {
    if (isLocked) title = document.title;
    cover.hidden = !isLocked;
    document.documentElement.classList.toggle("screen-locked", isLocked);
    document.title = isLocked ? "Locked - Clearbill" : title;
    form.elements.password.value = why.textContent = "";
    if (isLocked) form.elements.password.focus();
  }

  function look() {
    const isIdle = Date.now() - lastUse() >= minutes * 60_000;
    if (cover.hidden && isIdle) {
      show(true);
      send(form.dataset.lockAt).catch(() => {});
    }
  }

  async function unlock(event) {
    event.preventDefault();
    event.stopPropagation();
    try {
      await send(form.dataset.lockAt);
      const answer = await send(form.action);
      if (answer.type === "opaqueredirect") { show(false); used(); return; }
      why.textContent = answer.status === 429 ? "There were too many wrong tries. Wait a few minutes." : "This is not the password.";
      if (answer.status === 403) location.reload();
    } catch {
      why.textContent = "Clearbill did not answer. Try again in a moment.";
    }
    form.elements.password.value = "";
    form.elements.password.focus();
  }

  used();
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) document.addEventListener(kind, used, { passive: true });
  form.addEventListener("submit", unlock);
  window.setInterval(look, LOOKS_EVERY);
})();

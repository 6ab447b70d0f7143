// The calendar: drawn on wide screens only; smaller ones keep the list that the server wrote.
(() => {
  const data = JSON.parse(document.getElementById("calendar-data").textContent);
  const shell = document.getElementById("diary"), panel = document.getElementById("panel"), said = document.getElementById("diary-said");
  const wide = window.matchMedia("(min-width: 821px)");
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  let calendar = null, selected = "";

  const two = (number) => String(number).padStart(2, "0");
  const wall = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
  const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

  const say = (words, bad, undo) => {
    said.replaceChildren(words);
    said.className = bad ? "said error" : "said";
    said.hidden = !words;
    if (undo) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Undo" });
      button.addEventListener("click", undo);
      said.append(button);
    }
  };
  const send = (id, times, anyway) => fetch(`${data.base}${id}/move`, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams({ ...times, ...(anyway ? { anyway: "on" } : {}) }),
  });
  const asked = (event, resource) => ({ start: wall(event.start), end: wall(event.end), practitioner: resource ?? event.resourceIds[0] ?? "" });
  const move = async (info) => {
    const before = asked(info.oldEvent, info.oldResource?.id), after = asked(info.event, info.newResource?.id);
    let answer = await send(info.event.id, after).catch(() => null);
    let words = answer ? await answer.json().catch(() => null) : null;
    if (words?.overlap && window.confirm(`${words.sentence} Book anyway?`)) {
      answer = await send(info.event.id, after, true).catch(() => null);
      words = answer ? await answer.json().catch(() => null) : null;
    }
    if (answer?.ok) {
      say(words.sentence, false, async () => { await send(info.event.id, before, true).catch(() => null); say("Moved back.", false); calendar.refetchEvents(); });
      if (selected === info.event.id) open(info.event.id);
    } else {
      info.revert();
      say(words?.sentence ?? "It was not moved: Clearbill did not answer. Try again.", true);
    }
  };

  const mark = () => { for (const one of shell.querySelectorAll(".ec-event")) one.classList.toggle("sel", Boolean(selected) && one.dataset.id === selected); };
  // The library calls its grid a table, which it is not: appointments float above the cells. The List tab is the table.
  const plain = () => {
    for (const one of shell.querySelectorAll("#calendar [role], #calendar [aria-colindex], #calendar [aria-rowindex]")) {
      for (const name of ["role", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount"]) one.removeAttribute(name);
    }
    const grid = shell.querySelector(".ec");
    grid?.setAttribute("role", "group"); grid?.setAttribute("aria-label", "Calendar");
    // What scrolls is reached by the keyboard on days without an appointment too.
    for (const hours of shell.querySelectorAll("#calendar section")) { hours.tabIndex = 0; hours.setAttribute("aria-label", "Hours"); }
  };
  const open = async (id) => {
    selected = id; mark();
    panel.hidden = false; shell.classList.add("open");
    await htmx.ajax("GET", `${data.base}${id}`, { target: "#panel", swap: "innerHTML" });
  };
  const close = () => {
    if (panel.hidden) return;
    const id = selected;
    selected = ""; mark();
    panel.hidden = true; panel.replaceChildren(); shell.classList.remove("open");
    shell.querySelector(`.ec-event[data-id="${id}"] a`)?.focus();
  };
  panel.addEventListener("click", (event) => { if (event.target.closest("[data-close-panel]")) close(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target === panel) panel.querySelector(".panel-title")?.focus(); });
  document.body.addEventListener("diary-changed", () => calendar?.refetchEvents());

  const book = (info) => {
    const wanted = new URLSearchParams({ start: wall(info.date) });
    const who = info.resource?.id ?? data.practitioner;
    if (who) wanted.set("practitioner", who);
    window.location.assign(`${data.new}?${wanted}`);
  };
  const inside = (info) => {
    const { service, stateWord } = info.event.extendedProps;
    const link = Object.assign(document.createElement("a"), { className: "plain", href: `${data.base}${info.event.id}`, draggable: false });
    const name = document.createElement("b"), more = document.createElement("small"), state = document.createElement("span");
    name.textContent = info.event.title;
    more.textContent = `${clock(info.event.start)} ${service ?? ""}`;
    state.className = "sr"; state.textContent = stateWord ?? "";
    link.append(name, " ", more, " ", state);
    return { domNodes: [link] };
  };
  const draw = () => {
    if (calendar || !wide.matches) return;
    calendar = EventCalendar.create(document.getElementById("calendar"), {
      view: data.view === "day" ? "resourceTimeGridDay" : "timeGridWeek",
      date: data.date, firstDay: 1, hiddenDays: data.hiddenDays, locale: "en-GB", headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false, slotMinTime: "07:00:00", slotMaxTime: "21:00:00", flexibleSlotTimeLimits: true, scrollTime: "08:00:00",
      slotDuration: "00:15:00", slotLabelInterval: "01:00:00", slotHeight: 20, height: "calc(100vh - 240px)",
      nowIndicator: Intl.DateTimeFormat().resolvedOptions().timeZone === "Europe/London", slotEventOverlap: false,
      dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" }, slotLabelFormat: { hour: "2-digit", minute: "2-digit" },
      resources: data.practitioners, editable: data.mayChange, eventStartEditable: data.mayChange, eventDurationEditable: data.mayChange,
      eventSources: [{ events: async (span) => {
        const wanted = new URLSearchParams({ start: wall(span.start).slice(0, 10), end: wall(span.end).slice(0, 10), practitioner: data.practitioner });
        const answer = await fetch(`${data.events}?${wanted}`).catch(() => null);
        if (!answer?.ok) { say("The appointments could not be read. Reload the page.", true); return []; }
        const rows = await answer.json();
        return rows.map((row) => ({ ...row, editable: row.editable && data.mayChange, startEditable: row.editable && data.mayChange, durationEditable: row.editable && data.mayChange }));
      } }],
      eventClassNames: (info) => [`who-${data.colours[info.event.resourceIds[0]] ?? 0}`, info.event.extendedProps.state ?? ""].filter(Boolean),
      eventContent: inside,
      eventDidMount: (info) => {
        info.el.dataset.id = info.event.id;
        info.el.title = `${info.event.title}, ${clock(info.event.start)} ${info.event.extendedProps.service ?? ""}`;
        info.el.removeAttribute("tabindex"); info.el.removeAttribute("role");
      },
      eventAllUpdated: () => { plain(); mark(); }, viewDidMount: plain,
      eventClick: (info) => {
        if (info.jsEvent.ctrlKey || info.jsEvent.metaKey || info.jsEvent.shiftKey) return;
        info.jsEvent.preventDefault();
        open(info.event.id);
      },
      dateClick: data.mayChange ? book : undefined,
      eventDrop: move, eventResize: move,
    });
  };
  draw();
  plain();
  wide.addEventListener("change", draw);
})();

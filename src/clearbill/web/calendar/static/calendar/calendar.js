// The calendar: drawn on wide screens only; smaller ones keep the list that the server wrote.
(() => {
  const data = JSON.parse(document.getElementById("calendar-data").textContent);
  const shell = document.getElementById("diary"), panel = document.getElementById("panel"), said = document.getElementById("diary-said");
  const wide = window.matchMedia("(min-width: 821px)");
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const several = data.people.length > 1 && !data.practitioner, people = new Map(data.people.map((one) => [one.id, one]));
  let calendar = null, selected = "", rows = null, kept = null, room = "";

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
  const send = (id, times, was, anyway) => fetch(`${data.base}${id}/move`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ ...times, was_start: was.start, was_practitioner: was.practitioner, ...(anyway ? { anyway: "on" } : {}) }),
  });
  const asked = (event, resource) => ({ start: wall(event.start), end: wall(event.end), practitioner: resource ?? event.resourceIds[0] ?? "" });
  const move = async (info) => {
    const before = asked(info.oldEvent, info.oldResource?.id), after = asked(info.event, info.newResource?.id);
    let answer = await send(info.event.id, after, before).catch(() => null);
    let words = answer ? await answer.json().catch(() => null) : null;
    if (words?.overlap && window.confirm(`${words.sentence} Book anyway?`)) {
      answer = await send(info.event.id, after, before, true).catch(() => null);
      words = answer ? await answer.json().catch(() => null) : null;
    }
    if (answer?.ok) {
      say(words.sentence, false, async () => {
        const back = await send(info.event.id, before, after, true).catch(() => null);
        const told = back ? await back.json().catch(() => null) : null;
        say(back?.ok ? "Moved back." : told?.sentence ?? "It was not moved back: Clearbill did not answer. Try again.", !back?.ok);
        calendar.refetchEvents();
      });
      if (selected === info.event.id) open(info.event.id);
      calendar.refetchEvents();
    } else {
      info.revert();
      calendar.refetchEvents();
      say(words?.sentence ?? "It was not moved: Clearbill did not answer. Try again.", true);
    }
  };

  const mark = () => {
    for (const one of shell.querySelectorAll(".ec-event")) {
      const event = calendar?.getEventById(one.dataset.id);
      one.classList.toggle("sel", Boolean(selected) && one.dataset.id === selected);
      if (event) one.title = told(event);
    }
  };
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
    shell.querySelector(".ec-event.sel")?.scrollIntoView({ block: "nearest", inline: "nearest" });
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
  const made = (tag, className, words) => Object.assign(document.createElement(tag), { className, textContent: words });
  const badge = (who) => { const one = made("span", `who who-${who.colour}`, who.initials); one.setAttribute("aria-hidden", "true"); return one; };
  // An appointment: time, in the week whose, the client's whole name, and the service where there is room.
  const inside = (info) => {
    if (info.event.extendedProps.more) return more(info);
    const { service, practitioner, stateWord } = info.event.extendedProps, who = people.get(info.event.resourceIds[0]);
    const link = Object.assign(made("a", "plain", ""), { href: `${data.base}${info.event.id}`, draggable: false });
    const when = made("small", "", "");
    when.append(made("span", "", clock(info.event.start)), " ");
    if (several && data.view === "week" && who) when.append(badge(who), made("span", "sr", `with ${practitioner}`), " ");
    when.append(made("span", "what", service ?? ""));
    link.append(when, " ", made("b", "", info.event.title), " ", made("span", "sr", stateWord ?? ""));
    return { domNodes: [link] };
  };
  // What has no room in the week: how many in this hour, and the way to the day that shows them.
  const more = (info) => {
    const { event } = info, count = event.extendedProps.more.length, day = wall(event.start).slice(0, 10);
    const wanted = new URLSearchParams({ view: "day", date: day, ...(data.practitioner ? { practitioner: data.practitioner } : {}) });
    const link = Object.assign(made("a", "plain", ""), { href: `${data.base}?${wanted}#${clock(event.start)}`, draggable: false });
    const date = event.start.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
    link.append(made("b", "", `+${count}`), " ", made("small", "", "more"), made("span", "sr", ` on ${date} from ${clock(event.start)}: show the day`));
    return { domNodes: [link] };
  };
  const told = ({ title, extendedProps: { more: hidden, times, service, practitioner } }) => (hidden
    ? hidden.map((row) => `${row.start.slice(11)} ${row.title}, ${row.extendedProps.practitioner}`).join("\n")
    : `${title}, ${times}, ${service ?? ""}, with ${practitioner ?? ""}`);

  const column = () => (shell.querySelector(".ec-body .ec-day")?.getBoundingClientRect().width ?? 0) - 6;
  const shown = (given) => {
    const mine = given.map((row) => { const free = row.editable && data.mayChange; return { ...row, editable: free, startEditable: free, durationEditable: free }; });
    if (data.view !== "week") return mine;
    room = window.weekRoom(column());
    return window.fitWeek(mine, column()).map((row) => (row.more
      ? { ...row, editable: false, startEditable: false, durationEditable: false, classNames: ["more"], extendedProps: { more: row.more } }
      : { ...row, classNames: row.lanes ? ["packed"] : [], styles: row.lanes ? [`--lane:${row.lane}`, `--lanes:${row.lanes}`] : [] }));
  };
  const read = async (span) => {
    const wanted = new URLSearchParams({ start: wall(span.start).slice(0, 10), end: wall(span.end).slice(0, 10), practitioner: data.practitioner });
    const answer = await fetch(`${data.events}?${wanted}`).catch(() => null);
    if (answer?.ok) return answer.json();
    say("The appointments could not be read. Reload the page.", true);
    return [];
  };
  // Where the columns have become wider or narrower the same appointments are laid out again.
  const settle = () => {
    if (!calendar || data.view !== "week" || !rows || window.weekRoom(column()) === room) return;
    kept = rows; calendar.refetchEvents();
  };
  // The foot of the calendar stands at the foot of the window.
  const height = () => `max(420px, calc(100vh - ${Math.ceil(shell.getBoundingClientRect().top + window.scrollY) + 24}px))`;

  const draw = () => {
    if (calendar || !wide.matches) return;
    calendar = EventCalendar.create(document.getElementById("calendar"), {
      view: data.view === "day" ? "resourceTimeGridDay" : "timeGridWeek",
      date: data.date, firstDay: 1, hiddenDays: data.hiddenDays, locale: "en-GB", headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false, slotMinTime: "07:00:00", slotMaxTime: "21:00:00", flexibleSlotTimeLimits: true, scrollTime: `${/^#([01]\d|2[0-3]):\d\d$/.exec(location.hash)?.[1] ?? "08"}:00:00`,
      slotDuration: "00:15:00", slotLabelInterval: "01:00:00", slotHeight: several ? 24 : 20, height: height(), columnWidth: `minmax(${several ? 132 : 110}px, 1fr)`,
      nowIndicator: Intl.DateTimeFormat().resolvedOptions().timeZone === "Europe/London", slotEventOverlap: false,
      dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" }, slotLabelFormat: { hour: "2-digit", minute: "2-digit" },
      resources: data.people.filter((one) => !data.practitioner || one.id === data.practitioner).map((one) => ({ id: one.id, title: one.name })),
      resourceLabelContent: (info) => (people.has(info.resource.id) ? { domNodes: [badge(people.get(info.resource.id)), made("span", "", info.resource.title)] } : ""),
      editable: data.mayChange, eventStartEditable: data.mayChange, eventDurationEditable: data.mayChange,
      eventSources: [{ events: async (span) => { rows = kept ?? await read(span); kept = null; return shown(rows); } }],
      eventClassNames: (info) => [info.event.extendedProps.more ? "" : `who-${people.get(info.event.resourceIds[0])?.colour ?? 0}`, info.event.extendedProps.state ?? ""].filter(Boolean),
      eventContent: inside,
      eventDidMount: (info) => {
        info.el.dataset.id = info.event.id;
        info.el.removeAttribute("tabindex"); info.el.removeAttribute("role");
      },
      eventAllUpdated: () => { plain(); mark(); }, viewDidMount: plain,
      eventClick: (info) => {
        if (info.event.extendedProps.more) return;
        if (info.jsEvent.ctrlKey || info.jsEvent.metaKey || info.jsEvent.shiftKey) return;
        info.jsEvent.preventDefault();
        open(info.event.id);
      },
      dateClick: data.mayChange ? book : undefined,
      eventDrop: move, eventResize: move,
    });
  };
  shell.classList.toggle("several", several);
  draw();
  plain();
  new ResizeObserver(settle).observe(document.getElementById("calendar"));
  wide.addEventListener("change", draw);
})();

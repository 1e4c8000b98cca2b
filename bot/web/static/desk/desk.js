// The desk keeps itself up to date: a stream says that something changed, the page then fetches its parts.

const desk = document.getElementById("desk");
const conversation = desk.dataset.conversation;
const csrf = document.querySelector('meta[name="csrf"]').content;
const title = document.title;
const find = (id) => document.getElementById(id);

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, cache: "no-store", headers: { "X-Kawan": "1", "X-CSRF-Token": csrf } });
  if (answer.status === 401) {
    location.assign(`/login?to=${encodeURIComponent(location.pathname)}`);
    throw new Error("signed out");
  }
  return answer;
}

/** Do something on the server. True, or false with its reason shown. */
async function act(path, fields = {}, show = problem) {
  show("");
  try {
    const answer = await ask(path, { method: "POST", body: new URLSearchParams(fields) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) show(said.detail ?? "Tidak berhasil. Coba lagi.");
    else if (said.note) show(said.note);
    refresh();
    return answer.ok;
  } catch {
    show("Server tidak bisa dihubungi. Belum ada yang dijalankan; coba lagi.");
    return false;
  }
}

function problem(words) {
  const line = find("problem");
  if (!line) return;
  line.textContent = words;
  line.hidden = !words;
}

// -- parts

let shift = new Date(desk.dataset.now) - Date.now(); // the product's clock may not be this machine's
let fetching = null;
let again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = load();
  try {
    await fetching;
  } catch { /* the stream tells of the connection */ }
  fetching = null;
  if (again) {
    again = false;
    refresh();
  }
}

async function load() {
  const answer = await ask(`/desk/state${conversation ? `?conversation=${conversation}` : ""}`);
  if (!answer.ok) return;
  const parts = await answer.json();
  shift = new Date(parts.now) - Date.now();
  for (const place of document.querySelectorAll("[data-part]")) {
    const html = parts[place.dataset.part];
    if (html === undefined || html === place.lastHtml) continue;
    // Whoever is writing in a part is not interrupted; it comes when they are done.
    if (place.contains(document.activeElement) && document.activeElement.matches("input, textarea")) continue;
    replace(place, html);
  }
  setMode(parts.mode ?? "");
  document.title = parts.waiting ? `(${parts.waiting}) ${title}` : title;
  count();
}

function replace(place, html) {
  const scroller = place.id === "transcript" ? place : place.parentElement;
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const top = scroller.scrollTop;
  const open = new Map([...place.querySelectorAll("details[data-key]")].map((d) => [d.dataset.key, d]));
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset : null;
  place.innerHTML = html;
  place.lastHtml = html;
  for (const details of place.querySelectorAll("details[data-key]")) {
    const before = open.get(details.dataset.key);
    if (!before) continue;
    details.open = before.open;
    const loaded = details.querySelector(".loaded");
    if (loaded && before.dataset.done) {
      loaded.replaceChildren(...before.querySelector(".loaded").childNodes);
      details.dataset.done = "yes";
    }
  }
  if (focused?.conversation) place.querySelector(`[data-conversation="${focused.conversation}"]`)?.focus();
  scroller.scrollTop = place.id === "transcript" && atEnd ? scroller.scrollHeight : top;
}

function setMode(mode) {
  desk.dataset.mode = mode;
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== mode;
}

// -- times that pass

function count() {
  const now = Date.now() + shift;
  for (const since of document.querySelectorAll("[data-since]")) {
    const minutes = Math.max(0, Math.floor((now - new Date(since.dataset.since)) / 60000));
    since.textContent = minutes < 1 ? "baru" : minutes < 60 ? `${minutes} mnt` : minutes < 1440 ? `${Math.floor(minutes / 60)} j ${minutes % 60} mnt` : `${Math.floor(minutes / 1440)} hari`;
  }
  for (const due of document.querySelectorAll("[data-deadline]")) {
    const left = new Date(due.dataset.deadline) - now;
    due.classList.toggle("late", left < 0);
    due.classList.toggle("soon", left >= 0 && left < 5 * 60000);
  }
}

// -- the stream

function listen() {
  const stream = new EventSource(`/desk/stream${conversation ? `?conversation=${conversation}` : ""}`);
  stream.addEventListener("changed", refresh);
  stream.addEventListener("ended", () => location.assign(`/login?to=${encodeURIComponent(location.pathname)}`));
  let trouble;
  stream.onopen = () => {
    clearTimeout(trouble);
    trouble = null;
    find("offline").hidden = true;
    desk.dataset.live = "yes";
  };
  stream.onerror = () => {
    desk.dataset.live = "";
    trouble ??= setTimeout(() => { find("offline").hidden = false; }, 2000);
    // A stream that was refused does not come back by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => { refresh(); listen(); }, 4000);
  };
}

// -- one conversation

function talk() {
  const transcript = find("transcript");
  transcript.scrollTop = transcript.scrollHeight;

  find("take").addEventListener("click", async (event) => {
    event.target.disabled = true;
    if (await act(`/desk/c/${conversation}/take`)) setTimeout(() => find("reply").focus(), 300);
    event.target.disabled = false;
  });

  const reply = find("reply");
  const draft = `kawan.desk.draft.${conversation}`;
  const kept = JSON.parse(sessionStorage.getItem(draft) ?? "null");
  reply.value = kept?.text ?? "";
  // The same key until it worked, over a reload, too: what arrived unheard is not said twice.
  let key = kept?.key ?? randomKey();
  const keep = () => sessionStorage.setItem(draft, JSON.stringify({ text: reply.value, key }));
  let typed = 0;
  reply.addEventListener("input", () => {
    keep();
    if (!reply.value.trim() || Date.now() - typed < 2500) return;
    typed = Date.now();
    ask(`/desk/c/${conversation}/typing`, { method: "POST" }).catch(() => {});
  });
  reply.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      find("answer").requestSubmit();
    }
  });
  let sending = false;
  find("answer").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending || !reply.value.trim()) return;
    sending = true;
    const text = reply.value;
    find("sending").textContent = "Mengirim …";
    if (await act(`/desk/c/${conversation}/reply`, { text, key })) {
      key = randomKey();
      typed = 0;
      if (reply.value === text) reply.value = "";
      keep();
      transcript.scrollTop = transcript.scrollHeight;
    }
    find("sending").textContent = "Ctrl+Enter untuk kirim";
    sending = false;
    reply.focus();
  });

  const dialog = find("give-back");
  const show = (words) => {
    find("give-back-problem").textContent = words;
    find("give-back-problem").hidden = !words;
  };
  find("open-give-back").addEventListener("click", () => { show(""); dialog.showModal(); });
  find("cancel-give-back").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    if (!await act(`/desk/c/${conversation}/give-back`, fields, show)) return;
    dialog.close();
    event.target.reset();
  });

  const side = find("side");
  side.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-grant]");
    if (!button || !confirm(`Jalankan sekarang?\n\n${button.dataset.label}`)) return;
    button.disabled = true;
    button.textContent = "Menjalankan …";
    if (!await act(`/desk/offers/${button.dataset.grant}/grant`)) {
      button.disabled = false;
      button.textContent = "Jalankan";
    }
  });
  side.addEventListener("submit", (event) => {
    const id = event.target.dataset.close;
    if (!id) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    document.activeElement.blur();
    act(`/desk/cases/${id}/close`, fields);
  });
  // toggle events do not bubble
  side.addEventListener("toggle", async (event) => {
    const details = event.target;
    if (!details.open || !details.dataset.load || details.dataset.done) return;
    details.dataset.done = "yes";
    try {
      const answer = await ask(details.dataset.load);
      details.querySelector(".loaded").innerHTML = await answer.text();
    } catch {
      delete details.dataset.done;
    }
  }, true);

  for (const tab of document.querySelectorAll("[data-tab]")) {
    tab.addEventListener("click", () => {
      desk.dataset.shown = tab.dataset.tab;
      for (const other of document.querySelectorAll("[data-tab]")) other.setAttribute("aria-selected", String(other === tab));
    });
  }
  setMode(desk.dataset.mode);
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}

if (conversation) talk();
count();
setInterval(count, 15_000);
listen();

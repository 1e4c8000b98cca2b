// The chat page: puts session, connection, outbox and view together.

import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { Session, identityFromAddress, subjectOf } from "./session.js";
import { View, element } from "./view.js";

const TYPING_EVERY = 1500;
const TYPES = ["image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"];

const page = document.getElementById("chat");
const find = (id) => document.getElementById(id);
const text = find("text");
const maxBytes = Number(page.dataset.maxBytes);
const title = document.title;
const session = new Session(page.dataset.api);

const view = new View(page, {
  choose(option) {
    outbox.add({ option: option.value, text: option.label }, connection.after);
    text.focus({ preventScroll: true });
  },
  retry: (entry) => outbox.retry(entry),
  edit(entry) {
    outbox.remove(entry);
    view.drop(entry);
    text.value = entry.text;
    grow();
    text.focus();
  },
  discard(entry) {
    outbox.remove(entry);
    view.drop(entry);
    text.focus();
  },
});

const outbox = new Outbox(session, { changed: (entry) => view.showUnsent(entry), expired });

let missed = 0;
const connection = new Connection(session, {
  heard(state) {
    const spoken = view.show(state);
    if (spoken && document.hidden) document.title = `(${missed += spoken}) ${title}`;
  },
  changed: showStatus,
  expired,
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  document.title = title;
});

// -- state of the connection: trouble is only named when it lasts

let trouble;
function showStatus(state) {
  page.dataset.connection = state;
  if (state === "online") {
    clearTimeout(trouble);
    trouble = null;
    if (!find("banner").dataset.stays) find("banner").hidden = true;
    return;
  }
  const words = state === "offline"
    ? "Tidak ada koneksi internet. Pesan disimpan dan dikirim begitu tersambung lagi."
    : "Sambungan terputus. Menyambung lagi …";
  trouble ??= setTimeout(() => { trouble = null; banner(words); }, state === "offline" ? 0 : 1500);
}

function banner(words, stays = false) {
  const line = find("banner");
  line.textContent = words;
  line.hidden = false;
  if (stays) line.dataset.stays = "true";
  else delete line.dataset.stays;
}

/** The token or the identity is no longer taken. True: a fresh session may be opened. */
async function expired(error) {
  if (error.token && error.token !== session.token) return true; // renewed meanwhile
  if (!session.kept && session.identity) {
    connection.stop();
    session.become("");
    banner(error.message || "Bukti masuk akun tidak berlaku. Chat dilanjutkan sebagai tamu.", true);
    begin();
    return false;
  }
  session.forget();
  view.clear();
  connection.after = 0;
  for (const entry of outbox.entries) {
    entry.after = 0;
    view.showUnsent(entry);
  }
  banner("Sesi chat sebelumnya sudah berakhir. Ini percakapan baru.", true);
  setTimeout(() => { delete find("banner").dataset.stays; find("banner").hidden = true; }, 8000);
  return true;
}

// -- writing

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
}

function note(words) {
  find("note").textContent = words;
  find("note").hidden = !words;
}

function send() {
  note("");
  if (!text.value.trim()) {
    text.focus();
    return;
  }
  outbox.add({ text: text.value.trim() }, connection.after);
  text.value = "";
  typedAt = 0;
  grow();
  text.focus();
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.ctrlKey || event.altKey) return;
  event.preventDefault();
  send();
});

let typedAt = 0;
text.addEventListener("input", () => {
  grow();
  note("");
  if (!text.value.trim() || Date.now() - typedAt < TYPING_EVERY || !session.token) return;
  typedAt = Date.now();
  fetch(`${session.api}/typing`, { method: "POST", headers: { Authorization: `Bearer ${session.token}` } }).catch(() => {});
});

for (const starter of document.querySelectorAll("[data-starter]")) {
  starter.addEventListener("click", () => {
    text.value = `${starter.textContent.trim()}, `;
    grow();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  });
}

// -- files

function attach(files) {
  note("");
  for (const file of files) {
    const known = TYPES.includes(file.type) || /\.(jpe?g|png|webp|heic|pdf)$/i.test(file.name);
    if (!known) note(`${file.name} belum bisa kami terima. Kirim foto (JPG, PNG, WEBP, HEIC) atau PDF ya.`);
    else if (file.size > maxBytes) note(`${file.name} terlalu besar. Maksimal ${Math.floor(maxBytes / 1024 / 1024)} MB ya.`);
    else if (!file.size) note(`${file.name} kosong.`);
    else outbox.add({ file, text: "" }, connection.after);
  }
}

find("attach").addEventListener("click", () => find("file").click());
find("file").addEventListener("change", (event) => {
  attach(event.target.files);
  event.target.value = "";
  text.focus();
});
text.addEventListener("paste", (event) => {
  if (!event.clipboardData?.files.length) return;
  event.preventDefault();
  attach(event.clipboardData.files);
});
for (const type of ["dragover", "dragleave", "drop"]) {
  page.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    page.classList.toggle("dropping", type === "dragover");
    if (type === "drop") attach(event.dataTransfer.files);
  });
}

// -- who is chatting

function begin() {
  view.clear();
  outbox.restore();
  connection.start(0);
}

async function offerPersonas(address) {
  const select = find("persona");
  const people = new Map();
  try {
    const answer = await fetch(address);
    for (const person of (await answer.json()).people) {
      people.set(`sub:${person.id}`, person);
      select.append(element("option", { value: `sub:${person.id}`, title: person.story }, person.name));
    }
  } catch {
    select.disabled = true;
  }
  const tell = () => {
    const person = people.get(session.who);
    if (person) session.identity ??= person.identity;
    select.value = people.has(session.who) ? session.who : "";
    find("story").hidden = !person?.story;
    find("story").textContent = person?.story ? `Cerita untuk dicoba: ${person.story}` : "";
  };
  tell();
  select.addEventListener("change", () => {
    session.become(select.value, people.get(select.value)?.identity ?? null);
    delete find("banner").dataset.stays;
    find("banner").hidden = true;
    tell();
    begin();
    text.focus();
  });
}

const identity = identityFromAddress();
if (identity) {
  session.become(subjectOf(identity), identity);
  session.forget(); // the company's site vouches anew; the conversation is the same one
}
if (page.dataset.demo) await offerPersonas(page.dataset.demo);
begin();
if (matchMedia("(pointer: fine)").matches) text.focus();

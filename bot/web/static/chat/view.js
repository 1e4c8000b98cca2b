// Draws the conversation. Keeps no state that the transcript does not have, but for what is still unsent.

import { linkify, webAddress } from "./linkify.js";
import { clock, dayKey, dayName, inFull } from "./time.js";

const TOGETHER = 5 * 60_000;

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

const same = (text) => (text ?? "").replaceAll("\r\n", "\n").replace(/[\0\ud800-\udfff]/g, "").trim();

export class View {
  constructor(page, { choose, retry, edit, discard }) {
    Object.assign(this, { choose, retry, edit, discard });
    const find = (id) => page.querySelector(`#${id}`);
    Object.assign(this, {
      log: find("log"), scroller: find("scroller"), typing: find("typing"), jump: find("jump"),
      welcome: find("welcome"), botName: page.dataset.bot,
    });
    this.unsent = new Map(); // client id -> {entry, item}
    this.settledIds = new Set(); // client ids that are in the transcript
    this.jump.addEventListener("click", () => this.toEnd(true));
    this.scroller.addEventListener("scroll", () => { if (this.atEnd()) this.#seen(); });
    // The keyboard of a phone, or a long answer being typed, takes room: the end stays in sight.
    let height = 0;
    new ResizeObserver(() => {
      const now = this.scroller.clientHeight;
      if (now < height && this.scroller.scrollHeight - this.scroller.scrollTop - height < 80) this.toEnd();
      height = now;
    }).observe(this.scroller);
    this.clear();
  }

  clear() {
    this.log.replaceChildren();
    this.log.setAttribute("aria-live", "off");
    this.unsent.clear();
    this.shown = new Set();
    this.last = null;
    this.options = null; // the latest options: {list, options}
    this.unread = 0;
    this.settled = false;
    this.typing.hidden = true;
    this.welcome.hidden = true;
    this.#seen();
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80;
  }

  toEnd(smooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.#seen();
  }

  /** What the server says is in the transcript now. */
  show({ messages, typing }) {
    const follow = this.atEnd() || !this.settled;
    let spoken = 0;
    for (const message of messages) {
      if (this.shown.has(message.seq)) continue;
      this.shown.add(message.seq);
      this.#settle(message);
      this.#append(message);
      if (message.from !== "customer") spoken += 1;
    }
    this.typing.hidden = !typing;
    this.welcome.hidden = this.shown.size > 0 || this.unsent.size > 0;
    if (follow) this.toEnd();
    else if (spoken) this.#announce(spoken);
    if (!this.settled) {
      this.settled = true;
      // From here on each new message is read out; the history before was not.
      requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
    }
    return spoken;
  }

  /** An entry of the outbox changed. */
  showUnsent(entry) {
    const known = this.unsent.get(entry.id);
    if (this.settledIds.has(entry.id)) return;
    const item = this.#unsentItem(entry);
    if (known) known.item.replaceWith(item);
    else this.log.append(item);
    this.unsent.set(entry.id, { entry, item });
    this.welcome.hidden = true;
    if (entry.option) this.#choose(entry.option);
    if (!known) this.toEnd();
  }

  drop(entry) {
    this.unsent.get(entry.id)?.item.remove();
    this.unsent.delete(entry.id);
    if (entry.option) this.#openOptions();
  }

  #announce(count) {
    this.unread += count;
    this.jump.hidden = false;
    this.jump.querySelector("span").textContent = this.unread > 1 ? `${this.unread} pesan baru` : "Pesan baru";
  }

  #seen() {
    this.unread = 0;
    this.jump.hidden = true;
  }

  /** The customer's own words came back: they take the place of what was shown as being sent. */
  #settle(message) {
    if (message.from !== "customer") return;
    const waiting = [...this.unsent.values()].filter(({ entry }) => entry.state !== "failed" && message.seq > entry.after);
    const fits = ({ entry }) => (message.attachment ? Boolean(entry.file) : !entry.file && same(entry.text) === same(message.text));
    const own = waiting.find(fits);
    if (!own) return;
    own.item.remove();
    this.unsent.delete(own.entry.id);
    this.settledIds.add(own.entry.id);
  }

  #append(message) {
    const previous = this.last;
    const newDay = !previous || dayKey(previous.at) !== dayKey(message.at);
    const firstUnsent = this.unsent.values().next().value?.item ?? null;
    if (newDay) this.log.insertBefore(element("li", { class: "divider" }, dayName(message.at)), firstUnsent);
    const follows = !newDay && previous.from === message.from && previous.name === message.name
      && !previous.options?.length && new Date(message.at) - new Date(previous.at) < TOGETHER;
    this.log.insertBefore(this.#item(message, follows), firstUnsent);
    this.last = message;
    if (message.from === "customer") this.#chosenByWords(message.text);
  }

  #item(message, follows) {
    const kind = ["customer", "bot", "agent", "system"].includes(message.from) ? message.from : "system";
    const item = element("li", {
      class: `message ${kind}${follows ? " follows" : ""}`, "data-seq": message.seq, "data-from": kind,
    });
    if (kind === "agent") item.append(element("span", { class: "name" }, message.name || "Petugas"));
    else item.append(element("span", { class: "unseen" }, { customer: "Anda: ", bot: `${this.botName}: `, system: "" }[kind]));
    item.append(this.#bubble(message));
    if (message.options?.length) item.append(this.#optionList(message.options));
    const meta = element("div", { class: "meta" }, element("time", { datetime: message.at, title: inFull(message.at) }, clock(message.at)));
    if (message.repeated) meta.append("dikirim ulang");
    if (kind === "customer") meta.append(element("span", { title: "Terkirim" }, "✓", element("span", { class: "unseen" }, " Terkirim")));
    item.append(meta);
    return item;
  }

  #bubble({ text, attachment }) {
    const bubble = element("div", { class: "bubble" });
    if (attachment) bubble.append(this.#attachment(attachment));
    if (text) bubble.append(element("span", { class: "text" }, linkify(text)));
    return bubble;
  }

  #attachment({ url, name, mime, size }) {
    const address = url ? webAddress(url, true) : null;
    const link = element("a", { class: "attached", href: address, target: "_blank", rel: "noopener noreferrer" });
    const asDocument = () => {
      link.className = "attached document";
      link.replaceChildren(icon("file"), element("span", {}, element("span", { class: "strong" }, name || "Berkas"),
        size ? element("span", { class: "small" }, ` · ${sizeOf(size)}`) : ""));
    };
    if (address && /^image\/(jpeg|png|webp)$/.test(mime ?? "")) {
      const image = element("img", { src: address, alt: name || "Gambar", loading: "lazy" });
      const end = this.atEnd();
      image.addEventListener("load", () => { if (end) this.toEnd(); });
      image.addEventListener("error", asDocument);
      link.append(image);
    } else {
      asDocument();
    }
    return link;
  }

  // -- options: only the latest can be tapped, until one of them was

  #optionList(options) {
    this.#closeOptions();
    const list = element("ul", { class: "options", "aria-label": "Pilihan", "data-test": "options" });
    for (const option of options) {
      const button = element("button", { type: "button", "data-option": option.value, onclick: () => {
        if (!button.disabled) this.choose(option);
      } }, option.label);
      list.append(element("li", {}, button));
    }
    this.options = { list, options };
    return list;
  }

  #choose(value) {
    if (!this.options?.options.some((o) => o.value === value)) return;
    for (const button of this.options.list.querySelectorAll("button")) {
      button.disabled = true;
      const chosen = button.dataset.option === value;
      button.classList.toggle("chosen", chosen);
      button.setAttribute("aria-pressed", String(chosen));
    }
  }

  #chosenByWords(text) {
    const said = same(text).toLowerCase();
    const option = this.options?.options.find((o) => same(o.label).toLowerCase() === said || o.value === said);
    if (option) this.#choose(option.value);
  }

  #closeOptions() {
    for (const button of this.options?.list.querySelectorAll("button") ?? []) button.disabled = true;
  }

  #openOptions() {
    for (const button of this.options?.list.querySelectorAll("button") ?? []) {
      button.disabled = false;
      button.classList.remove("chosen");
      button.removeAttribute("aria-pressed");
    }
  }

  // -- what is on its way

  #unsentItem(entry) {
    const item = element("li", { class: `message customer ${entry.state === "sent" ? "" : "waiting"}`, "data-from": "customer",
      "data-client-id": entry.id, "data-state": entry.state });
    const bubble = element("div", { class: "bubble" });
    if (entry.file) bubble.append(element("span", { class: "attached document" }, icon("file"), element("span", {}, entry.file.name)));
    if (entry.text) bubble.append(element("span", { class: "text" }, linkify(entry.text)));
    item.append(element("span", { class: "unseen" }, "Anda: "), bubble, this.#unsentMeta(entry));
    return item;
  }

  #unsentMeta(entry) {
    const meta = element("div", { class: "meta" }, element("time", { datetime: entry.at }, clock(entry.at)));
    if (entry.state === "sent") meta.append(element("span", { title: "Terkirim" }, "✓", element("span", { class: "unseen" }, " Terkirim")));
    else if (entry.state === "failed") {
      meta.append(element("span", { class: "failed" }, `Tidak terkirim. ${entry.problem}`));
      if (!entry.file && !entry.option) meta.append(element("button", { type: "button", class: "link", onclick: () => this.edit(entry) }, "Ubah"));
      meta.append(element("button", { type: "button", class: "link", onclick: () => this.discard(entry) }, "Hapus"));
    } else if (entry.attempts) {
      meta.append(element("span", { class: "failed" }, "Belum terkirim, dicoba lagi"),
        element("button", { type: "button", class: "link", onclick: () => this.retry(entry) }, "Coba sekarang"));
    } else meta.append("Mengirim …");
    return meta;
  }
}

export function sizeOf(bytes) {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} MB`;
}

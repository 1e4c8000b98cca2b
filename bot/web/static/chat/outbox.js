// What the customer sent and the server has not confirmed: kept over reloads, sent in order, each under its own id.

import { Refused, randomId, readJson, refused, storage } from "./session.js";

const TIMEOUT = 20_000;
const FILE_TIMEOUT = 120_000;

export class Outbox {
  /** `changed(entry)` at each change of an entry's state: waiting, sent, failed (with `problem`). */
  constructor(session, { changed, expired }) {
    Object.assign(this, { session, changed, expired });
    this.entries = [];
    this.busy = false;
    addEventListener("online", () => this.hurry());
  }

  get #key() {
    return `kawan.chat.unsent.${this.session.who}`;
  }

  /** Take up what an earlier page could not send. Files cannot be kept. */
  restore() {
    this.entries = readJson(this.#key, []).map((entry) => ({ ...entry, state: "waiting" }));
    for (const entry of this.entries) this.changed(entry);
    this.#send();
  }

  add(content, after) {
    const entry = { id: randomId(), at: new Date().toISOString(), after, state: "waiting", ...content };
    this.entries.push(entry);
    this.#keep();
    this.changed(entry);
    this.#send();
    return entry;
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#keep();
  }

  hurry() {
    this.wake?.();
    this.#send();
  }

  retry(entry) {
    entry.state = "waiting";
    entry.attempts = 0;
    this.changed(entry);
    this.hurry();
  }

  #keep() {
    const unsent = this.entries.filter((e) => e.state === "waiting" && !e.file);
    storage.setItem(this.#key, JSON.stringify(unsent.map(({ id, at, after, text, option }) => ({ id, at, after, text, option }))));
  }

  async #send() {
    if (this.busy) return;
    this.busy = true;
    try {
      let entry;
      while ((entry = this.entries.find((e) => e.state === "waiting"))) {
        const who = this.session.who;
        try {
          await this.session.open();
          await this.#post(entry);
          entry.state = "sent";
          this.entries = this.entries.filter((other) => other !== entry);
        } catch (error) {
          if (who !== this.session.who || !this.entries.includes(entry)) continue; // somebody else now, or discarded
          if (error instanceof Refused && error.status === 401 && await this.expired(error)) continue;
          if (error instanceof Refused && (error.final || error.status === 401)) {
            entry.state = "failed";
            entry.problem = error.message || "Pesan ini tidak bisa dikirim.";
          } else {
            entry.attempts = (entry.attempts ?? 0) + 1;
            this.changed(entry);
            await this.#pause(entry.attempts, error.wait);
            continue;
          }
        }
        if (who === this.session.who) {
          this.#keep();
          this.changed(entry);
        }
      }
    } finally {
      this.busy = false;
    }
  }

  async #pause(attempts, atLeast = 0) {
    const wait = Math.max(atLeast * 1000, Math.min(20_000, 700 * 2 ** Math.min(attempts, 6)));
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
    this.wake = null;
  }

  async #post(entry) {
    const token = this.session.token;
    const headers = { Authorization: `Bearer ${token}` };
    let body;
    if (entry.file) {
      body = new FormData();
      body.set("id", entry.id);
      if (entry.text) body.set("text", entry.text);
      body.set("file", entry.file);
    } else {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(entry.option ? { id: entry.id, option: entry.option } : { id: entry.id, text: entry.text });
    }
    const answer = await fetch(`${this.session.api}/${entry.file ? "files" : "messages"}`, {
      method: "POST", headers, body, signal: AbortSignal.timeout(entry.file ? FILE_TIMEOUT : TIMEOUT),
    });
    if (!answer.ok) throw await refused(answer, token);
  }
}

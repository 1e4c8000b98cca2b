// Hears of everything new in the conversation: an event stream, or a long poll where streams do not pass.

import { Refused, refused } from "./session.js";

const SILENCE = 40_000; // the server pings every 15 s
const FIRST_WORD = 8_000;
const POLL_WAIT = 20;

export class Connection {
  /** `heard({messages, typing})`; `changed("online" | "connecting" | "offline")`; `expired()` opens a new session. */
  constructor(session, { heard, changed, expired }) {
    Object.assign(this, { session, heard, changed, expired });
    this.after = 0;
    this.failures = 0;
    this.streamFailures = 0;
    this.run = 0;
    this.lastWord = 0;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.changed("offline"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - this.lastWord > SILENCE / 2) this.restart();
    });
  }

  /** Listen from a place of the transcript on; what was listened to before is left. */
  start(after = 0) {
    this.after = after;
    this.failures = 0;
    this.restart();
  }

  stop() {
    this.run += 1;
    this.abort?.abort();
  }

  restart() {
    this.stop();
    this.#loop(this.run);
  }

  hurry() {
    this.wake?.();
  }

  async #loop(run) {
    while (run === this.run) {
      try {
        await this.session.open();
        if (run !== this.run) return;
        await (this.streamFailures < 2 ? this.#stream(run) : this.#poll(run));
      } catch (error) {
        if (run !== this.run) return;
        if (error instanceof Refused && error.status === 401) {
          if (!await this.expired(error)) return;
          continue;
        }
        this.failures += 1;
        this.changed(navigator.onLine ? "connecting" : "offline");
        await this.#pause(error.wait);
      }
    }
  }

  async #pause(atLeast = 0) {
    const wait = Math.max(atLeast * 1000, Math.min(15_000, 400 * 2 ** Math.min(this.failures, 6)));
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait * (0.7 + 0.6 * Math.random()));
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
    this.wake = null;
  }

  #take(state, run) {
    if (run !== this.run) return;
    this.failures = 0;
    for (const message of state.messages) this.after = Math.max(this.after, message.seq);
    this.changed("online");
    this.heard(state);
  }

  async #stream(run) {
    const abort = this.abort = new AbortController();
    let opened = false;
    let heard = false;
    let watch = setTimeout(() => abort.abort(), FIRST_WORD);
    const token = this.session.token;
    try {
      const answer = await fetch(`${this.session.api}/stream?after=${this.after}`, {
        headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
        cache: "no-store",
        signal: abort.signal,
      });
      if (!answer.ok) throw await refused(answer, token);
      opened = true;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        this.lastWord = Date.now();
        clearTimeout(watch);
        watch = setTimeout(() => abort.abort(), SILENCE);
        const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const data = block.split("\n").filter((l) => l.startsWith("data:")).map((l) => l.slice(5).trimStart());
          if (!data.length) continue;
          heard = true;
          this.#take(JSON.parse(data.join("\n")), run);
        }
      }
      if (heard) this.streamFailures = 0;
      throw new Error("the stream ended");
    } catch (error) {
      // Opened but silent: something between us and the server holds the stream back.
      if (opened && !heard && run === this.run) this.streamFailures += 1;
      throw error;
    } finally {
      clearTimeout(watch);
      abort.abort();
    }
  }

  async #poll(run) {
    const abort = this.abort = new AbortController();
    const watch = setTimeout(() => abort.abort(), (POLL_WAIT + 15) * 1000);
    const token = this.session.token;
    try {
      // The first look waits for nothing, so that the page knows at once that it is connected.
      const wait = this.failures || !this.lastWord ? 0 : POLL_WAIT;
      const answer = await fetch(`${this.session.api}/messages?after=${this.after}&wait=${wait}`, {
        headers: { Authorization: `Bearer ${token}` },
        cache: "no-store",
        signal: abort.signal,
      });
      if (!answer.ok) throw await refused(answer, token);
      this.lastWord = Date.now();
      this.#take(await answer.json(), run);
    } finally {
      clearTimeout(watch);
    }
  }
}

// Who is chatting, and the token that opens their conversation. Each identity keeps its own place.

const STORE = "kawan.chat.sessions";
const CURRENT = "kawan.chat.current";

/** Storage that works where the browser forbids it, too: then for this page only. */
export const storage = (() => {
  try {
    localStorage.setItem("kawan.probe", "1");
    localStorage.removeItem("kawan.probe");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, String(value)),
      removeItem: (key) => kept.delete(key),
    };
  }
})();

export function readJson(key, otherwise) {
  try {
    return JSON.parse(storage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export class Session {
  constructor(api) {
    this.api = api;
    this.who = storage.getItem(CURRENT) ?? "";
    this.identity = null;
    this.opening = null;
  }

  get kept() {
    return readJson(STORE, {})[this.who] ?? null;
  }

  get token() {
    return this.kept?.token ?? null;
  }

  get conversation() {
    return this.kept?.conversation ?? null;
  }

  /** Become somebody else: a guest (""), or whoever a signed identity names. */
  become(who, identity = null) {
    this.who = who;
    this.identity = identity;
    this.opening = null;
    storage.setItem(CURRENT, who);
  }

  forget() {
    const all = readJson(STORE, {});
    delete all[this.who];
    storage.setItem(STORE, JSON.stringify(all));
  }

  /** Open a session unless one is kept. Throws a Refused where the identity is not taken. */
  async open() {
    if (this.kept) return;
    this.opening ??= this.#ask().finally(() => { this.opening = null; });
    await this.opening;
  }

  async #ask() {
    const who = this.who;
    const answer = await fetch(`${this.api}/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.identity ? { identity: this.identity } : {}),
    });
    if (!answer.ok) throw await refused(answer);
    const session = await answer.json();
    storage.setItem(STORE, JSON.stringify({ ...readJson(STORE, {}), [who]: session }));
  }
}

/** An answer that is no success. `final`: asking again will not help. */
export class Refused extends Error {
  constructor(status, detail, wait, token) {
    super(detail);
    Object.assign(this, { status, wait, token });
    this.final = status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);
  }
}

export async function refused(answer, token = null) {
  let detail = "";
  try {
    const body = await answer.json();
    if (typeof body.detail === "string") detail = body.detail;
  } catch { /* no words of its own */ }
  return new Refused(answer.status, detail, Number(answer.headers.get("Retry-After")) || 0, token);
}

export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The identity handed over in the address, taken out of it so that nobody copies it along. */
export function identityFromAddress() {
  const query = new URLSearchParams(location.search);
  const hash = new URLSearchParams(location.hash.slice(1));
  const identity = hash.get("identity") ?? query.get("identity");
  if (!identity) return null;
  query.delete("identity");
  hash.delete("identity");
  const rest = [query.size ? `?${query}` : "", hash.size ? `#${hash}` : ""].join("");
  history.replaceState(null, "", location.pathname + rest);
  return identity;
}

/** A name for the place of a signed identity: its subject, which need not be secret. */
export function subjectOf(identity) {
  try {
    const claims = JSON.parse(atob(identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return `sub:${claims.sub}`;
  } catch {
    return `identity:${identity.slice(-16)}`;
  }
}

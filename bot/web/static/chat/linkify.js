// Text as text, web addresses as links. Nothing a person writes is ever read as HTML.

const ADDRESS = /\bhttps?:\/\/[^\s<>"“”‘’«»]+/gi;

/** A DocumentFragment of text nodes and links. */
export function linkify(text) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = withoutClosingMarks(match[0]);
    const target = webAddress(shown);
    if (!target) continue;
    out.append(text.slice(end, match.index));
    const link = document.createElement("a");
    link.href = target;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    link.textContent = shown;
    out.append(link);
    end = match.index + shown.length;
  }
  out.append(text.slice(end));
  return out;
}

/** The address if it is one of the web, or of this site where `here`; else null. */
export function webAddress(text, here = false) {
  try {
    const url = here ? new URL(text, location.origin) : new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

// "(see https://a.id/x)." links https://a.id/x; "https://a.id/x_(y)" keeps its bracket.
function withoutClosingMarks(text) {
  for (;;) {
    const last = text.at(-1);
    if (".,;:!?'*_~".includes(last)) text = text.slice(0, -1);
    else if (last === ")" && text.split(")").length > text.split("(").length) text = text.slice(0, -1);
    else if (last === "]" && text.split("]").length > text.split("[").length) text = text.slice(0, -1);
    else return text;
  }
}

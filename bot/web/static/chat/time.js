// Days and hours in the reader's own zone, written as Indonesians write them.

const DAY = new Intl.DateTimeFormat("id-ID", { weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("id-ID", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

export function clock(iso) {
  const at = new Date(iso);
  return `${String(at.getHours()).padStart(2, "0")}.${String(at.getMinutes()).padStart(2, "0")}`;
}

/** Tells days apart; the same for two moments of one local day. */
export function dayKey(iso) {
  const at = new Date(iso);
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

export function dayName(iso, now = new Date()) {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (dayKey(iso) === dayKey(now)) return "Hari ini";
  if (dayKey(iso) === dayKey(yesterday)) return "Kemarin";
  const at = new Date(iso);
  return (at.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(at);
}

/** Day and hour in full, for titles and screen readers. */
export function inFull(iso) {
  return `${DAY_AND_YEAR.format(new Date(iso))} pukul ${clock(iso)}`;
}

/** Times in words. Formatters are kept, since making one costs more than using it a thousand times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, at: number, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter.format(at);
}

/**
 * "14:03" in all languages, with the digits of each: twelve-hour clocks make narrow columns wide. The browser's tables are asked only where
 * digits differ, since filling them takes 12 ms for which the first message of a room would wait.
 */
export function clockTime(locale: string, at: number): string {
  if (ownDigits.has(locale)) return format(locale, at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Languages of ours that do not write 0 to 9. */
const ownDigits: ReadonlySet<string> = new Set(['ar']);

/** "Friday, 20 November" */
export const longDay = (locale: string, at: number): string => format(locale, at, { weekday: 'long', day: 'numeric', month: 'long' });

/** A number that is the same for all moments of one local day and one more on the next. */
export function dayNumber(at: number): number {
  const day = new Date(at);
  return Math.round(Date.UTC(day.getFullYear(), day.getMonth(), day.getDate()) / 86_400_000);
}

/** Seconds matter from here on; to draw them before costs every page of a room, every second. */
const secondsMatterMs = 120_000;

const units = new Map<string, Intl.NumberFormat>();

function measure(locale: string, count: number, unit: 'minute' | 'hour'): string {
  const key = `${locale} ${unit}`;
  const format = units.get(key) ?? new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' });
  units.set(key, format);
  return format.format(count);
}

/** "1:09", "59 min", "23 hr 10 min" */
export function remaining(ms: number, locale: string): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < secondsMatterMs / 1000) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const minutes = Math.ceil((ms - 30_000) / 60_000);
  if (minutes < 120) return measure(locale, minutes, 'minute');
  return `${measure(locale, Math.floor(minutes / 60), 'hour')} ${measure(locale, minutes % 60, 'minute')}`;
}

/** How long `remaining` says the same thing: when to look at the clock again. Minutes are the nearest ones. */
export const remainingHolds = (ms: number): number =>
  ms > secondsMatterMs ? Math.min(((ms - 30_001) % 60_000) + 1, ms - secondsMatterMs + 1000) : ((ms - 1) % 1000) + 1;

/** "in 4 minutes", "in 23 hours" */
export function fromNow(locale: string, ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const [count, unit] = minutes < 120 ? ([minutes, 'minute'] as const) : ([Math.round(minutes / 60), 'hour'] as const);
  return new Intl.RelativeTimeFormat(locale, { numeric: 'always' }).format(count, unit);
}

/** "30 seconds", "5 minutes", "24 hours" */
export function duration(locale: string, seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, 'second'] : seconds < 7200 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 }).format(count);
}

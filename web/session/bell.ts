/** When and how one is told that something was said: the choices as they are kept, and the hours in which nothing rings. Pure. */
import type { BellChoices, ShownMessage } from './types.ts';

/** What it rings for: a message, or, without a text, somebody at the door. */
export type Rung = Pick<ShownMessage, 'name'> & Partial<Pick<ShownMessage, 'text'>>;

/** One ring. */
export interface Bell {
  readonly sound: boolean;
  readonly notify: boolean;
  /** Whether the notification may name the author and the words. */
  readonly content: boolean;
  readonly message: Rung;
  /** The person answered the notification. */
  show(): void;
}

/** Nothing is shown or heard before it was asked for, and content never leaves the page by itself. */
const silent: BellChoices = { notify: false, content: false, sound: false, quietFrom: '', quietTo: '' };

const clock = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** What was kept, as far as it makes sense. */
export function readBell(kept: string | null): BellChoices {
  let found: Record<string, unknown>;
  try {
    found = { ...JSON.parse(kept ?? '{}') };
  } catch {
    return silent;
  }
  const time = (value: unknown): string => (typeof value === 'string' && clock.test(value) ? value : '');
  return {
    notify: found['notify'] === true,
    content: found['content'] === true,
    sound: found['sound'] === true,
    quietFrom: time(found['quietFrom']),
    quietTo: time(found['quietTo']),
  };
}

/** Whether anything rings at `at`. Hours that begin later than they end go over midnight. */
export function rings({ notify, sound, quietFrom, quietTo }: BellChoices, at: Date): boolean {
  if (!notify && !sound) return false;
  if (quietFrom === '' || quietTo === '' || quietFrom === quietTo) return true;
  const now = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  const quiet = quietFrom < quietTo ? now >= quietFrom && now < quietTo : now >= quietFrom || now < quietTo;
  return !quiet;
}

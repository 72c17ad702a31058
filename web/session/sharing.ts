/**
 * What the person wants others to know of it, as a setting spells it: the names of what is off, so that a setting of nothing means the
 * rule, all of it.
 */
import type { Sharing } from './types.ts';

const names = ['typing', 'read', 'delivered', 'away'] as const;

export function readSharing(setting: string | null): Sharing {
  const off = setting?.split(',') ?? [];
  return {
    typing: !off.includes('typing'),
    read: !off.includes('read'),
    delivered: !off.includes('delivered'),
    away: !off.includes('away'),
  };
}

/** Null for the rule, which need not be kept. */
export function writeSharing(sharing: Sharing): string | null {
  const off = names.filter((name) => !sharing[name]);
  return off.length === 0 ? null : off.join();
}

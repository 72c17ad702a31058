/**
 * The few choices that may outlive the page, and only when the person made them. Hardened browsers throw on the mere
 * mention of storage or on each call: then a choice lasts as long as the page.
 */

import { isForgotten } from './forget.ts';

export type SettingName = 'name' | 'language' | 'theme' | 'bell' | 'sharing' | 'kept';

export interface Settings {
  /** The kept choice, or null. */
  read(name: SettingName): string | null;
  /** Keeps a choice; null forgets it. */
  write(name: SettingName, value: string | null): void;
}

const key = (name: SettingName): string => `hushroom.${name}`;

/** `find` gives the storage or throws; it is asked each time, since permission can go away. */
export function openSettings(find: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Settings {
  const guarded = <T>(use: (storage: ReturnType<typeof find>) => T, otherwise: T): T => {
    try {
      return use(find());
    } catch {
      return otherwise;
    }
  };
  return {
    read: (name) => guarded((storage) => storage.getItem(key(name)), null),
    write(name, value) {
      if (isForgotten()) return;
      guarded((storage) => (value === null ? storage.removeItem(key(name)) : storage.setItem(key(name), value)), undefined);
    },
  };
}

/** False where the browser forbids storage. */
export function storageAllowed(find: () => Pick<Storage, 'getItem'>): boolean {
  try {
    find().getItem('');
    return true;
  } catch {
    return false;
  }
}

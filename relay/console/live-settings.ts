/**
 * Settings that can change while the relay runs. The relay's parts read them where they use them, out of one object, so that a change holds
 * from the next use on. A change is checked by the same schema as at the start, may be vetoed by whatever has to carry it out, and is
 * put back as it was when one of them fails. What was changed here wins over flags and files until it is reset.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type Config, contradictions, type SettingName, settings } from '../config.ts';

/** All that is read at each use, or that somebody carries out; what is read once at the start (addresses, files, folders) needs a restart. */
export const changeable = [
  'roomMembers',
  'roomHours',
  'rooms',
  'connections',
  'connectionsPerAddress',
  'connectsPerSecondPerAddress',
  'framesPerSecond',
  'bytesPerSecond',
  'burst',
  'slowReaderBytes',
  'graceSeconds',
  'resumeBytes',
  'resumeTotalBytes',
  'joinsPerSecond',
  'workBits',
  'workBitsMax',
  'turnUrls',
  'turnSecret',
  'turnSeconds',
  'bridgeUse',
  'bridges',
] as const satisfies readonly SettingName[];

export type Changeable = (typeof changeable)[number];

/** Shown to nobody, whoever asks. */
export const secretSettings: readonly string[] = ['turnSecret', 'bridges'];

export interface SettingView {
  readonly name: Changeable;
  readonly value: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** It was changed while running, and can be reset to what flags, environment and file say. */
  readonly isChanged: boolean;
}

export type SettingsChange = { readonly changed: readonly Changeable[] } | { readonly refused: string };

/** Carries a change out. Throws an `Error` whose message says why it cannot. */
export type Applier = (config: Config) => Promise<void>;

export class LiveSettings {
  /** The object that the relay's parts read. */
  readonly current: Config;
  readonly #begun: Config;
  readonly #database: DatabaseSync;
  readonly #appliers: Applier[] = [];
  #changing: Promise<unknown> = Promise.resolve();

  /** Changes of earlier runs that still fit are in force at once; others are let go, and their names are in `dropped`. */
  readonly dropped: readonly string[];

  constructor(begun: Config, database: DatabaseSync) {
    this.#begun = begun;
    this.#database = database;
    const dropped: string[] = [];
    let current: Config = { ...begun };
    for (const { name, value } of this.#kept()) {
      const next = this.#with(current, { [name]: JSON.parse(value) });
      if (typeof next === 'string') dropped.push(name);
      else current = next;
    }
    this.current = current;
    this.dropped = dropped;
  }

  onChange(applier: Applier): void {
    this.#appliers.push(applier);
  }

  views(): SettingView[] {
    const changed = new Set(this.#kept().map(({ name }) => name));
    return changeable.map((name) => {
      const value: unknown = this.current[name];
      const isSecret = secretSettings.includes(name);
      const shown = Array.isArray(value) ? value.join(',') : String(value);
      const description = settings.shape[name].description ?? '';
      return { name, value: isSecret && shown !== '' ? '(set)' : shown, description, isSecret, isChanged: changed.has(name) };
    });
  }

  /** `null` resets. All of them or none, and one change after the other. */
  change(wishes: Readonly<Record<string, unknown>>): Promise<SettingsChange> {
    const change = (): Promise<SettingsChange> => this.#change(wishes);
    const changing = this.#changing.then(change, change);
    this.#changing = changing;
    return changing;
  }

  async #change(wishes: Readonly<Record<string, unknown>>): Promise<SettingsChange> {
    for (const name of Object.keys(wishes)) if (!isChangeable(name)) return { refused: `${name} cannot be changed while the relay runs` };
    const values = Object.fromEntries(
      Object.entries(wishes).map(([name, value]) => [name, value === null ? this.#begun[name as Changeable] : value]),
    );
    const next = this.#with(this.current, values);
    if (typeof next === 'string') return { refused: next };
    const before = { ...this.current };
    Object.assign(this.current, next);
    const done: Applier[] = [];
    try {
      for (const applier of this.#appliers) {
        done.push(applier);
        await applier(this.current);
      }
    } catch (error) {
      Object.assign(this.current, before);
      for (const applier of done) await applier(this.current).catch(() => {});
      return { refused: `it could not be carried out and is as it was: ${(error as Error).message}` };
    }
    for (const [name, value] of Object.entries(wishes)) this.#keep(name, value);
    return { changed: Object.keys(wishes) as Changeable[] };
  }

  /** `current` with other values, or why it cannot have them. */
  #with(current: Config, values: Readonly<Record<string, unknown>>): Config | string {
    const parsed = settings.safeParse({ ...current, ...values });
    if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${nameIn(path)} ${message}`).join('; ');
    const [against] = contradictions(parsed.data);
    return against ?? parsed.data;
  }

  #kept(): { name: string; value: string }[] {
    return this.#database.prepare('select name, value from settings order by name').all() as { name: string; value: string }[];
  }

  #keep(name: string, value: unknown): void {
    if (value === null) this.#database.prepare('delete from settings where name = ?').run(name);
    else
      this.#database
        .prepare('insert into settings values (?, ?) on conflict (name) do update set value = excluded.value')
        .run(name, JSON.stringify(value));
  }
}

const isChangeable = (name: string): name is Changeable => (changeable as readonly string[]).includes(name);

/** `bridges 2` is the second of that list. */
const nameIn = (path: readonly PropertyKey[]): string => path.map((part) => (typeof part === 'number' ? part + 1 : String(part))).join(' ');

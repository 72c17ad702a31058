/**
 * The three that are measured side by side, behind one interface: Hushroom as it is served, a bare Trystero room, and
 * data channels with nothing around them. Each has its own server, which can be killed and started again.
 */
import { freePort, Program } from '../process.ts';
import { Relay } from '../relay.ts';
import type { Page, Visitor } from './chromium.ts';
import { type Plan, probeScript } from './probe.ts';

export const contenderNames = ['Hushroom', 'Trystero', 'raw channel'] as const;
export type ContenderName = (typeof contenderNames)[number];

export interface Contender {
  readonly name: ContenderName;
  readonly port: number;
  /** False where messages need a data channel. */
  readonly relays: boolean;
  /** A first person in a new room, and the link to it. `host` is where its network finds the server. */
  room(visitor: Visitor, options?: RoomOptions): Promise<{ page: Page; link: string }>;
  kill(): Promise<void>;
  /** Resolves when the server listens again. */
  revive(): Promise<void>;
}

export interface RoomOptions {
  readonly host?: string;
  readonly relayOnly?: boolean;
}

/** Whether this one takes part in this round: of the baselines every other one says enough, and time is short. */
export const takesPart = (contender: Contender, round: number): boolean => contender.relays || round % 2 === 0;

/** Opens `link` as `visitor`; the page joins by itself, and says `says` as soon as it can. */
export function enter(visitor: Visitor, link: string, plan: Omit<Plan, 'joins'>): Promise<Page> {
  return visitor.open(link, probeScript({ ...plan, joins: true }));
}

/** The named contenders, their servers running. */
export async function startContenders(names: readonly ContenderName[]): Promise<Contender[]> {
  const start = {
    Hushroom: () => hushroom(),
    Trystero: () => baseline('Trystero', 'trystero.html'),
    'raw channel': () => baseline('raw channel', 'raw.html'),
  };
  return await Promise.all(names.map((name) => start[name]()));
}

export async function stopContenders(contenders: readonly Contender[]): Promise<void> {
  await Promise.all(contenders.map((contender) => contender.kill()));
}

/** Hushroom with a relay that lets every socket send as fast as it can. */
export function startUnbounded(): Promise<Contender> {
  return hushroom({ HUSHROOM_BYTES_PER_SECOND: String(1024 ** 3), HUSHROOM_FRAMES_PER_SECOND: '1000000' });
}

async function hushroom(settings: Readonly<Record<string, string>> = {}): Promise<Contender> {
  const relay = await Relay.start({ settings });
  return {
    name: 'Hushroom',
    port: relay.port,
    relays: true,
    room: async (visitor, { host = 'localhost', relayOnly = false } = {}) => {
      const page = await visitor.open(`http://${host}:${relay.port}/`, probeScript({ name: 'Ann', joins: false }));
      const link = await page.evaluate<string>(`probe.create(${relayOnly})`);
      return { page, link };
    },
    kill: () => relay.kill(),
    revive: () => relay.start(),
  };
}

let rooms = 0;

async function baseline(name: 'Trystero' | 'raw channel', file: string): Promise<Contender> {
  const port = await freePort();
  const start = async () => {
    const program = new Program(process.execPath, [`${import.meta.dirname}/baselines/server.ts`, String(port)]);
    await program.says(/listening/);
    return program;
  };
  let program = await start();
  return {
    name,
    port,
    relays: false,
    room: async (visitor, { host = 'localhost' } = {}) => {
      const link = `http://${host}:${port}/${file}#room-${++rooms}`;
      return { page: await enter(visitor, link, { name: 'Ann' }), link };
    },
    kill: () => program.end(),
    revive: async () => {
      program = await start();
    },
  };
}

/**
 * Makes a room machine from an invite and puts a driver around it. Keys are fresh for this room and this page and live in this
 * page's memory only; nothing is sent before `join` is fed.
 */
import { agreementKeyPair } from '../../shared/primitives.ts';
import type { KeptOffice } from '../../shared/room/govern-part.ts';
import { tagOf } from '../../shared/room/info.ts';
import type { Room } from '../../shared/room/state.ts';
import { createRoom, nextWake, step } from '../../shared/room/step.ts';
import type { Person, RoomEvent } from '../../shared/room/types.ts';
import type { Invite } from '../../shared/wire/invite.ts';
import { fetchPart } from '../fetch-part.ts';
import { Driver, type DriverPorts, type Machine } from './driver.ts';
import { isOnion } from './relay-facts.ts';

export interface RoomSetup {
  readonly invite: Invite;
  readonly name: string;
  /** Empty for a room without one. */
  readonly password: string;
  /** http(s)://host[:port] of the relays to dial, best first. */
  readonly relayOrigins: readonly string[];
  /** Set where this page makes the room; the seed is taken over. */
  readonly founder: { readonly hostSeed: Uint8Array | null } | null;
  /** Where a reloaded page comes back as the same person. */
  readonly identity?: RoomIdentity;
}

/** What a page needs to come back as the same person. All secret. Never chains or sessions: a nonce must not be used twice. */
export interface RoomIdentity {
  readonly staticSecret: Uint8Array;
  /** Of the room; empty without one. Its stretched form is bound to the room's keys, and those change when the room moves. */
  readonly password: string;
  readonly office: KeptOffice | null;
  readonly verdicts: ReadonlyMap<string, Person['verification']>;
}

const passwords = () => fetchPart(() => import('./room-password.ts'));

export interface OpenedRoom {
  readonly driver: Driver;
  /** First 8 hexadecimal digits of a hash of our key for this room. */
  readonly tag: string;
  /** Copies; null once the room has ended. */
  readonly identity: () => RoomIdentity | null;
}

/**
 * Takes a moment where there is a password to stretch. Whoever reaches a relay over Tor, by themself or through a gateway, makes no direct
 * connections, whatever the room allows: they would show the address that the way hides.
 */
export async function openRoom(setup: RoomSetup, ports: DriverPorts, show: (event: RoomEvent) => void): Promise<OpenedRoom> {
  const { invite, name, relayOrigins: origins, identity } = setup;
  const statics = agreementKeyPair(identity?.staticSecret.slice() ?? ports.random(32));
  const room = createRoom(
    {
      invite,
      inst: ports.random(16),
      statics,
      name,
      password: invite.password ? await (await passwords()).passwordUse(setup.password, invite) : null,
      origins,
      ...(identity && { verdicts: identity.verdicts }),
      directAllowed: !invite.relayOnly && !origins.some(isOnion) && typeof RTCPeerConnection === 'function',
    },
    { now: ports.now(), random: ports.random },
  );
  const machine: Machine = { step: (input, env) => step(room, input, env), nextWake: () => nextWake(room) };
  const driver: Driver = new Driver(machine, origins, ports, (event) => {
    show(event);
    if (event.type === 'moved' && invite.password) void renewPassword(setup.password, event.invite, driver);
    if (event.type === 'phase' && event.phase.name === 'active') void govern();
    if (event.type === 'person') void beside();
  });
  let governed: Promise<void> | undefined;
  let attached: Promise<void> | undefined;
  const beside = (): Promise<void> => {
    attached ??= attachSide(driver);
    return attached;
  };
  const govern = (): Promise<void> => {
    governed ??= attachGovern(setup, driver);
    return governed;
  };
  // A door that is kept must be kept from the first handshake on; elsewhere that part comes when one can already talk.
  if (invite.approval || invite.password) await govern();
  else if (invite.adminHash !== null) void govern();
  return { driver, tag: tagOf(statics.public), identity: () => identityIn(room, setup) };
}

function identityIn({ state }: Room, { password, identity, founder }: RoomSetup): RoomIdentity | null {
  if (state.name === 'ended') return null;
  const { me, verdicts, govern } = state;
  const before = identity?.office ?? (founder && { adminSeed: founder.hostSeed?.slice() ?? null, orders: new Uint8Array(0) });
  const office = govern.part === null ? before : govern.part.keepsake({ room: state });
  return { staticSecret: me.statics.secret.slice(), password, verdicts, office };
}

/** Who decides about the room. Where it cannot be fetched now, it is asked for again until it can. */
async function attachGovern(setup: RoomSetup, driver: Driver): Promise<void> {
  const { createGovernPart } = await fetchPart(() => import('../../shared/room/govern/part.ts'));
  const { founder, identity } = setup;
  const office = identity?.office ?? null;
  const adminSeed = founder?.hostSeed ?? office?.adminSeed?.slice() ?? null;
  const part = createGovernPart({ adminSeed, founder: founder !== null, ...(office && { orders: office.orders }) });
  driver.feed({ type: 'attach', part });
}

/** What members tell each other beside messages: there is nobody to tell it to before the first one is here. */
async function attachSide(driver: Driver): Promise<void> {
  const { sidePart } = await fetchPart(() => import('../../shared/room/side/part.ts'));
  driver.feed({ type: 'attach-side', part: sidePart });
}

/** The room has moved: the password's secret is bound to the room id, so newcomers need it anew. */
async function renewPassword(password: string, invite: Invite, driver: Driver): Promise<void> {
  const { passwordSecret } = await passwords();
  driver.feed({ type: 'password-secret', prs: await passwordSecret(password, invite) });
}

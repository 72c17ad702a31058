/**
 * CPU time of a join (of the thread, so that a busy machine does not count): the newcomer's and one member's, in rooms of 2, 10 and 50,
 * real cryptography, no network. From the newcomer's socket opening until everyone holds everyone's keys and the newcomer's first text is
 * acknowledged by all.
 *
 *   node shared/room/room.bench.ts
 *
 * Aim: newcomer 10 / 100 / 500 ms, member 10 ms. The members know only the newcomer, so that a room of 50 does not first cost 1,176
 * handshakes; what they do for the newcomer is the same.
 */
import { randomBytes } from 'node:crypto';
import { hex } from '../bytes.ts';
import { agreementKeyPair } from '../primitives.ts';
import { type Invite, plainOptions } from '../wire/invite.ts';
import { decodeToRelay, encodeFromRelay, relayVersion } from '../wire/relay.ts';
import type { Living } from './state.ts';
import { createRoom, nextWake, step } from './step.ts';
import type { RoomInput } from './types.ts';

const invite: Invite = { ...plainOptions, secret: randomBytes(32), expiresAt: 0, relayOnly: true };
const env = { now: 1000, random: (length: number) => new Uint8Array(randomBytes(length)) };

class Actor {
  readonly inst = env.random(16);
  readonly room = createRoom(
    {
      invite,
      inst: this.inst,
      statics: agreementKeyPair(env.random(32)),
      name: 'Someone',
      password: null,
      origins: ['http://bench.invalid'],
      directAllowed: false,
    },
    env,
  );
  ms = 0;
  readonly sent: Uint8Array[] = [];

  feed(input: RoomInput): void {
    const begin = process.threadCpuUsage();
    const outputs = step(this.room, input, env);
    nextWake(this.room);
    const { user, system } = process.threadCpuUsage(begin);
    this.ms += (user + system) / 1000;
    for (const output of outputs) if (output.type === 'relay-send') this.sent.push(output.bytes);
  }

  sit(members: readonly Uint8Array[]): void {
    this.feed({ type: 'join' });
    this.feed({ type: 'relay-open', relay: 0 });
    this.feed({
      type: 'relay-bytes',
      relay: 0,
      bytes: encodeFromRelay({ type: 'challenge', version: relayVersion, nonce: env.random(32), powBits: 0 }),
    });
    this.sent.length = 0;
    this.feed({
      type: 'relay-bytes',
      relay: 0,
      bytes: encodeFromRelay({ type: 'joined', resumed: false, remainingS: 0, members, turn: null }),
    });
  }
}

/** Carries frames until nobody has any, then lets 50 ms pass so that acknowledgements go out. */
function settle(actors: ReadonlyMap<string, Actor>, newcomer: Actor): void {
  for (let quiet = 0; quiet < 3; quiet++) {
    for (let moved = true; moved; ) {
      moved = false;
      for (const actor of actors.values()) {
        for (const bytes of actor.sent.splice(0)) {
          moved = true;
          quiet = 0;
          const { dst, frame } = decodeToRelay(bytes) as Extract<ReturnType<typeof decodeToRelay>, { type: 'send' }>;
          const received = encodeFromRelay({ type: 'received', src: actor.inst, frame });
          const to = actors.get(hex(dst));
          if (to !== undefined) to.feed({ type: 'relay-bytes', relay: 0, bytes: received });
          else if (actor === newcomer)
            for (const other of actors.values()) if (other !== newcomer) other.feed({ type: 'relay-bytes', relay: 0, bytes: received });
        }
      }
    }
    env.now += 50;
    for (const actor of actors.values()) actor.feed({ type: 'wake' });
  }
}

function joinOnce(people: number): { newcomer: number; member: number } {
  const members = Array.from({ length: people - 1 }, () => new Actor());
  for (const member of members) member.sit([]);
  const newcomer = new Actor();
  for (const member of members) member.ms = 0;
  for (const member of members)
    member.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'came', inst: newcomer.inst }) });
  newcomer.sit(members.map(({ inst }) => inst));
  const actors = new Map([newcomer, ...members].map((actor) => [hex(actor.inst), actor]));
  newcomer.feed({ type: 'say', text: 'hello' });
  settle(actors, newcomer);
  const { log } = newcomer.room.state as Living;
  const delivery = log.entries[0]?.message.delivery;
  if (delivery?.state !== 'delivered' || delivery.of !== people - 1) throw new Error(`not delivered to all: ${JSON.stringify(delivery)}`);
  return { newcomer: newcomer.ms, member: members.reduce((sum, { ms }) => sum + ms, 0) / members.length };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const spread = (values: number[]): string =>
  `${median(values).toFixed(1)} ms (${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)})`;

const cold = joinOnce(2);
console.log('| CPU of a join, real cryptography | newcomer | each member | aim |\n|---|---|---|---|');
console.log(`| room of 2, the first of a fresh process | ${cold.newcomer.toFixed(1)} ms | ${cold.member.toFixed(1)} ms | |`);
for (const [people, times, aim] of [
  [2, 25, '10 ms; 10 ms'],
  [10, 5, '100 ms; 10 ms'],
  [50, 5, '500 ms; 10 ms'],
] as const) {
  const runs = Array.from({ length: times }, () => joinOnce(people));
  console.log(
    `| room of ${people} | ${spread(runs.map(({ newcomer }) => newcomer))} | ${spread(runs.map(({ member }) => member))} | ${aim} |`,
  );
}

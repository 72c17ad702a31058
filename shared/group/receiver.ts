/**
 * One member's generations as we were handed them (protocol.md "Records and ratchets"). Numbers only rise, so that nobody is talked
 * back into a generation that a removal ended. The one before still opens what was under way, for a minute; after that it only
 * recognises what it opened, so that a late duplicate is acknowledged rather than sent for ever.
 */
import { equal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { frameKid, type Skdm } from '../wire/peer.ts';
import { closeChain, expireKeys, joinChain, type ReceiveChain, wipeReceiveChain } from './chain.ts';

export interface GroupReceiver {
  /** Newest last. */
  readonly generations: Generation[];
}

interface Generation {
  readonly gen: number;
  readonly chain: ReceiveChain;
  /** Ed25519 key that signs everything in it. */
  readonly spk: Uint8Array;
  /** When its successor came; Infinity for the current one. */
  endedAt: number;
}

/** Remembered of one member. Honest members make one in ten minutes, and one after each departure. */
const keptGenerations = 16;
/** The pairwise chains, present and past, may hold as many again. */
const skippedKeys = limits.skippedKeysPerPeer - 2 * limits.skippedKeysPerChain;

export function createReceiver(): GroupReceiver {
  return { generations: [] };
}

/**
 * Takes over what a SKDM hands out. One that was overtaken by its successor opens for a minute, as if it had come in time. Throws
 * `replayed` for a generation that is known, or older than all that are; then nothing has changed.
 */
export function learnGeneration(receiver: GroupReceiver, skdm: Skdm, now: number): void {
  const { generations } = receiver;
  const last = generations.at(-1);
  const overtaken = last !== undefined && skdm.gen < last.gen;
  if (generations.some(({ gen }) => gen === skdm.gen) || (overtaken && skdm.gen < (generations[0] as Generation).gen))
    throw new ProtocolError('replayed', `generation ${skdm.gen} after ${last?.gen}`);
  if (last !== undefined && !overtaken) last.endedAt = now;
  const endedAt = overtaken ? now : Number.POSITIVE_INFINITY;
  generations.push({ gen: skdm.gen, chain: joinChain(skdm), spk: skdm.spk, endedAt });
  generations.sort((a, b) => a.gen - b.gen);
  tidyReceiver(receiver, now);
}

/** The generation whose key a GROUP frame names; null where none is known. */
export function chainOf(receiver: GroupReceiver, frame: Uint8Array, now: number): Generation | null {
  const generation = receiver.generations.findLast(({ chain }) => equal(chain.kid, frameKid(frame)));
  if (generation === undefined) return null;
  tidyReceiver(receiver, now);
  return generation;
}

/** Gives up keys and generations whose time is over, and the oldest where there are too many. Call now and then. */
export function tidyReceiver({ generations }: GroupReceiver, now: number): void {
  let held = 0;
  for (const { chain, endedAt } of generations.toReversed()) {
    expireKeys(chain, now);
    if (endedAt + limits.oldGenerationMs <= now || held + chain.skipped.size > skippedKeys) closeChain(chain);
    held += chain.skipped.size;
  }
  while (generations.length > keptGenerations || (generations[0]?.endedAt ?? now) + limits.oldSignerMs <= now) {
    const oldest = generations.shift();
    if (oldest !== undefined) wipeReceiveChain(oldest.chain);
  }
}

export function wipeReceiver({ generations }: GroupReceiver): void {
  for (const { chain } of generations.splice(0)) wipeReceiveChain(chain);
}

/**
 * My side of the group (protocol.md "Records and ratchets"): generations, each with a chain AND a signing key of its own, because a
 * signing key that outlives its chain lets whoever stole it once speak for its owner for ever (Balbas, Collins, Gajland 2023).
 *
 * Whoever is handed a generation gets its chain as it stands, so nothing said before. When a new one is due is decided where
 * membership is known: shared/room/generations.ts.
 */
import { wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { type KeyPair, keyBytes, signingKeyPair } from '../primitives.ts';
import type { Skdm } from '../wire/peer.ts';
import { createSendChain, type SendChain, wipeSendChain } from './chain.ts';

export interface GroupSender {
  gen: number;
  chain: SendChain;
  /** Secret; wiped with its generation. */
  signer: KeyPair;
  /** Of the last message in any generation; 0^16 before the first. */
  lastId: Uint8Array;
  /** How the generation before ended. */
  previous: Skdm['previous'];
}

export function createSender(random: Random): GroupSender {
  return { ...freshKeys(random), gen: 1, lastId: new Uint8Array(16), previous: null };
}

/** Ends the current generation: its keys are wiped, and the next message goes to whoever is handed the new one. Throws `exhausted`. */
export function nextGeneration(sender: GroupSender, random: Random): void {
  if (sender.gen >= limits.maxGeneration) throw new ProtocolError('exhausted', 'no more generations');
  const sent = sender.chain.next;
  wipeSender(sender);
  sender.previous = sent === 0 ? null : { lastSeq: sent - 1, lastId: sender.lastId };
  Object.assign(sender, freshKeys(random));
  sender.gen++;
}

/** The current generation as of now, for one member, through the pairwise channel and nowhere else. */
export function announce({ gen, chain, signer, previous }: GroupSender, digest: Uint8Array): Skdm {
  return { gen, seq: chain.next, ck: chain.ck.slice(), hp: chain.hp.slice(), spk: signer.public, kid: chain.kid, digest, previous };
}

export function wipeSender({ chain, signer }: GroupSender): void {
  wipeSendChain(chain);
  wipe(signer.secret);
}

function freshKeys(random: Random): Pick<GroupSender, 'chain' | 'signer'> {
  return { chain: createSendChain(random(keyBytes), random(4)), signer: signingKeyPair(random(keyBytes)) };
}

/**
 * One handshake between two strangers who exist for its length, in the quiet moment while an invite is being read or someone is
 * awaited. Its result is thrown away; what stays is compiled code and the tables of the curve, without which a first handshake
 * takes five times as long (55 ms of a page's time instead of 11). No key of a room has part in it and nothing is sent.
 */
import { answer, initiate, type PairSetup, readSecond, readThird } from '../../shared/handshake/pairwise.ts';
import type { Random } from '../../shared/ports.ts';
import { agreementKeyPair, sign, signingKeyPair, verify } from '../../shared/primitives.ts';
import { quiet } from '../quiet.ts';

let warm = false;

/** Once a page; later calls do nothing. Gives the browser its turn between steps, and stops at the next one when `signal` says so. */
export async function warmUp(random: Random, signal?: AbortSignal): Promise<void> {
  if (warm) return;
  warm = true;
  for (const step of steps(random)) {
    await quiet();
    if (signal?.aborted) return;
    step();
  }
}

function steps(random: Random): (() => void)[] {
  const common = {
    purpose: 'join',
    opts: new Uint8Array(7),
    roomPub: random(32),
    psk0: random(32),
    password: null,
    resume: null,
    random,
  } as const;
  const [inst, peerInst] = [random(16), random(16)];
  let one: PairSetup;
  let two: PairSetup;
  let first: ReturnType<typeof initiate>;
  let second: ReturnType<typeof answer>;
  return [
    () => {
      one = { ...common, inst, peerInst, statics: agreementKeyPair(random(32)) };
      two = { ...common, inst: peerInst, peerInst: inst, statics: agreementKeyPair(random(32)) };
      first = initiate(one);
    },
    () => {
      second = answer(two, first.frame);
    },
    () => {
      const third = readSecond(first.initiator, second.frame, new Uint8Array(64));
      readThird(second.responder, third.frame);
    },
    () => {
      const signer = signingKeyPair(random(32));
      verify(signer.public, inst, sign(signer.secret, inst));
    },
  ];
}

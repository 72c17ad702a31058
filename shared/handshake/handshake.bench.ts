/**
 * What a handshake costs each side, and what its parts cost: `node shared/handshake/handshake.bench.ts [ROUNDS]`.
 *
 * Node 24.21, two cores shared with other work (load above 15, which is what the slow end shows), so the fastest 5 %, in ms:
 * initiator 3.3, responder 3.0; with a password 5.3 and 4.8; a stranger's HS1 is refused in 0.04. X25519 0.7 (key pair 0.2),
 * ML-KEM-768 0.25 each, Ed25519 signing 0.36, verifying 0.79, Argon2id 420. The primitives are nine tenths of it.
 */

import { decapsulate, encapsulate, generateKem } from '../noise/kem.ts';
import { agree, agreementKeyPair, sha256, sign, signingKeyPair, verify } from '../primitives.ts';
import { plainOptions } from '../wire/invite.ts';
import * as cpace from './cpace.ts';
import { answer, initiate, type PairSetup, readSecond, readThird } from './pairwise.ts';
import { passwordSecret } from './password.ts';
import { deriveRoomKeys } from './schedule.ts';

const rounds = Number(process.argv[2] ?? 200);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const invite = { ...plainOptions, secret: random(32), expiresAt: 0 };

function report(name: string, times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(2);
  console.log(`${name.padEnd(34)} median ${at(0.5)} ms, 5 % ${at(0.05)} ms, 95 % ${at(0.95)} ms`);
}

/** Adds what `work` costs to the last of `times`. */
function timed<T>(times: number[], work: () => T): T {
  const start = performance.now();
  const result = work();
  times.push((times.pop() ?? 0) + performance.now() - start);
  return result;
}

function handshakes(name: string, password: PairSetup['password']): void {
  const [initiators, responders]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds + 20; round++) {
    const common = { purpose: 'join' as const, ...deriveRoomKeys(invite), password, resume: null, random };
    const [inst, peerInst] = [random(16), random(16)];
    const mine = { ...common, inst, peerInst, statics: agreementKeyPair(random(32)) };
    const theirs = { ...common, inst: peerInst, peerInst: inst, statics: agreementKeyPair(random(32)) };
    initiators.push(0);
    responders.push(0);
    const first = timed(initiators, () => initiate(mine));
    const second = timed(responders, () => answer(theirs, first.frame));
    const third = timed(initiators, () => readSecond(first.initiator, second.frame, random(40)));
    timed(responders, () => readThird(second.responder, third.frame));
  }
  report(`handshake${name}, initiator`, initiators.slice(20));
  report(`handshake${name}, responder`, responders.slice(20));
}

function part(name: string, work: () => unknown): void {
  const times: number[] = [];
  for (let round = 0; round < rounds + 20; round++) {
    times.push(0);
    timed(times, work);
  }
  report(name, times.slice(20));
}

handshakes('', null);
handshakes(' with a password', { prs: random(32), cpace });

const [pair, peer, kem, signer] = [
  agreementKeyPair(random(32)),
  agreementKeyPair(random(32)),
  generateKem(random),
  signingKeyPair(random(32)),
];
const { ciphertext } = encapsulate(kem.public, random);
const signature = sign(signer.secret, ciphertext);
const member = answerable();

/** A responder's setup, and an HS1 that it cannot open. */
function answerable() {
  const common = { purpose: 'join' as const, ...deriveRoomKeys(invite), password: null, resume: null, random };
  const setup = { ...common, inst: random(16), peerInst: random(16), statics: pair };
  const junk = random(2048);
  junk[0] = 0x11;
  return () => {
    try {
      answer(setup, junk);
    } catch {
      // refused, as it should be
    }
  };
}

part('refusing a stranger’s HS1', member);
part('X25519 key pair', () => agreementKeyPair(random(32)));
part('X25519', () => agree(pair.secret, peer.public));
part('ML-KEM-768 key pair', () => generateKem(random));
part('ML-KEM-768 encapsulation', () => encapsulate(kem.public, random));
part('ML-KEM-768 decapsulation', () => decapsulate(kem.secret, ciphertext));
part('Ed25519 signing', () => sign(signer.secret, ciphertext));
part('Ed25519 verifying, strict', () => verify(signer.public, ciphertext, signature));
part('SHA-256 of 2 KiB', () => sha256(new Uint8Array(2048)));

const stretched: number[] = [];
for (let round = 0; round < 5; round++) {
  const start = performance.now();
  await passwordSecret('correct horse', pair.public);
  stretched.push(performance.now() - start);
}
report('Argon2id of a password', stretched);

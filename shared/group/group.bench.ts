/**
 * What a message of 200 bytes costs its author and each reader: `node shared/group/group.bench.ts [ROUNDS]`.
 *
 * Node 24.21, two cores shared with other work (load above 20), medians in us: sealing 390, opening 900, of which Ed25519 takes
 * 355 and 870; a pairwise record 16 each way; a duplicate is recognised in 2; a new generation and one SKDM cost 180.
 */

import { seal, sign, signingKeyPair, verify } from '../primitives.ts';
import { plain } from '../testing/plain.ts';
import { createReceiveChain, createSendChain, takeKey } from './chain.ts';
import { createReceiver, learnGeneration } from './receiver.ts';
import { openGroup, openPair, sealGroup, sealPair } from './record.ts';
import { announce, createSender, nextGeneration } from './sender.ts';

const rounds = Number(process.argv[2] ?? 1000);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const author = { roomPub: random(32), inst: random(16), staticKey: random(32) };
const bytes = random(200);

function measure<Input>(name: string, prepare: () => Input, work: (input: Input) => unknown): void {
  const times: number[] = [];
  for (let round = 0; round < rounds + 50; round++) {
    const input = prepare();
    const start = performance.now();
    work(input);
    if (round >= 50) times.push(1000 * (performance.now() - start));
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] as number).toFixed(0).padStart(6);
  console.log(`${name.padEnd(34)} median ${at(0.5)} us, 5 % ${at(0.05)} us, 95 % ${at(0.95)} us`);
}

const ck = random(32);
const [send, receive] = [createSendChain(ck.slice()), createReceiveChain(ck.slice())];
const sealed = () => sealPair(send, author.roomPub, author.inst, bytes, random).frame;
const nothing = () => null;
measure('PAIR open', sealed, (frame) => openPair(receive, author.roomPub, author.inst, frame, 0));
measure('PAIR seal', nothing, sealed);

const sender = createSender(random);
const receiver = createReceiver();
learnGeneration(receiver, announce(sender, random(32)), 0);
const said = () => sealGroup(sender, author, { type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes }, random).frame;
measure('GROUP open, with the signature', said, (frame) => openGroup(receiver, author, frame, 0));
const { frame: repeated } = sealGroup(sender, author, { type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes }, random);
openGroup(receiver, author, repeated, 0);
measure('GROUP duplicate', nothing, () => openGroup(receiver, author, repeated, 0));
measure('GROUP seal, with the signature', nothing, said);
measure('a generation and its SKDM', nothing, () => {
  nextGeneration(sender, random);
  announce(sender, bytes.subarray(0, 32));
});

const chain = createSendChain(random(32));
const [key, nonce, plaintext] = [random(32), random(12), random(483)];
const signer = signingKeyPair(random(32));
const signature = sign(signer.secret, bytes);
measure('  one step of a chain', nothing, () => takeKey(chain));
measure('  ChaCha20-Poly1305, 483 bytes', nothing, () => seal(key, nonce, bytes, plaintext));
measure('  Ed25519 sign', nothing, () => sign(signer.secret, bytes));
measure('  Ed25519 verify', nothing, () => verify(signer.public, bytes, signature));
